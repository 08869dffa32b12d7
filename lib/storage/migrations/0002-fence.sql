-- Ends a batch whose slots have another owner by now (P4).
CREATE FUNCTION assert_fence(held bigint, wanted bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF held <> wanted THEN
    RAISE EXCEPTION 'the slot has another owner' USING ERRCODE = 'MY001';
  END IF;
  RETURN true;
END $$;
