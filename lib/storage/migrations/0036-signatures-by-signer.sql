-- Readers want those of two signers, and many users may have signed a key.
ALTER TABLE key_signatures DROP CONSTRAINT key_signatures_pkey;
ALTER TABLE key_signatures ADD PRIMARY KEY (target_user_id, signer_user_id, target, key_id);
