// What one request costs: node scripts/measure-work.ts [MESSAGES]. Bundled Lambdas and a task from the image's bundle, on a
// PostgreSQL beside them; prints the numbers that infra/costs/work.ts holds.
import { answerOf, restEvent, testDeployment } from '../test/lambda/deployment.ts';

/** Few enough that all they log is still there. */
const WARM = 30;
const messages = Number(process.argv[2] ?? 400);
const deployment = await testDeployment();
const { query } = deployment;
const size = async () => {
  await query('VACUUM');
  const [row] = (await query('SELECT pg_database_size(current_database()) AS bytes')) as { bytes: number }[];
  return row!.bytes;
};

try {
  const [login, client] = await Promise.all([deployment.lambda('login'), deployment.lambda('client')]);
  const body = { username: 'ada', password: 'correct horse battery', auth: { type: 'm.login.dummy' } };
  const token = answerOf(await login.invoke(restEvent('POST', '/_matrix/client/v3/register', { body }))).body
    .access_token as string;
  const room = answerOf(await client.invoke(restEvent('POST', '/_matrix/client/v3/createRoom', { token, body: {} })))
    .body.room_id as string;
  const send = (index: number) => {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${index}`;
    const text = 'A message of ordinary length, such as people write to each other all day long.';
    return client.invoke(restEvent('PUT', path, { token, body: { msgtype: 'm.text', body: text } }));
  };
  const logged = client.output().length;
  for (let index = 0; index < WARM; index += 1) await send(-1 - index);
  const log = Math.round((client.output().length - logged) / WARM);
  const [sizeBefore, processor] = [await size(), client.processorMs()];
  const times: number[] = [];
  for (let index = 0; index < messages; index += 1) times.push((await send(index)).ms);
  times.sort((a, b) => a - b);
  console.log(`a message by the client Lambda, warm: p50 ${times[messages >> 1]!.toFixed(1)} ms`);
  console.log(`of which its processor: ${((client.processorMs() - processor) / messages).toFixed(1)} ms`);
  console.log(`log: ${log} bytes a request`);
  console.log(`database: ${Math.round(((await size()) - sizeBefore) / messages)} bytes a message`);
} finally {
  await deployment.close();
}
