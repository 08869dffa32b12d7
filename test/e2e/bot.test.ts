import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  AutojoinRoomsMixin,
  LogLevel,
  LogService,
  MatrixClient,
  RichReply,
  SimpleFsStorageProvider,
} from 'matrix-bot-sdk';
import { type ServerProcess, serverProcess } from '../kit/server-process.ts';

let server: ServerProcess;
let directory: string;
let bot: MatrixClient;

before(async () => {
  LogService.setLevel(LogLevel.ERROR);
  server = await serverProcess();
  await server.start();
  directory = await mkdtemp(join(tmpdir(), 'myelin-bot-'));
});

after(async () => {
  bot?.stop();
  await server?.dispose();
  await rm(directory, { recursive: true, force: true });
});

async function register(username: string): Promise<string> {
  const response = await fetch(`${server.url}/_matrix/client/v3/register`, {
    method: 'POST',
    body: JSON.stringify({ username, password: `secret-of-${username}`, auth: { type: 'm.login.dummy' } }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** The next message in a room that is not by the client itself. */
function nextMessage(client: MatrixClient): Promise<{ roomId: string; event: Record<string, unknown> }> {
  return new Promise((resolve) => {
    const listener = async (roomId: string, event: Record<string, unknown>) => {
      if (event['sender'] === (await client.getUserId())) return;
      client.removeListener('room.message', listener);
      resolve({ roomId, event });
    };
    client.on('room.message', listener);
  });
}

test('a bot by matrix-bot-sdk: invited, it joins and answers, and goes on after a restart', async () => {
  const token = await register('bot');
  const start = async () => {
    const storage = new SimpleFsStorageProvider(join(directory, 'bot.json'));
    bot = new MatrixClient(server.url, token, storage);
    AutojoinRoomsMixin.setupOnClient(bot);
    bot.on('room.message', async (roomId: string, event) => {
      if (event.sender === (await bot.getUserId())) return;
      const { body } = event.content as { body: string };
      if (!body.startsWith('!echo ')) return;
      const reply = RichReply.createFor(roomId, event, body.slice(6), body.slice(6));
      await bot.sendMessage(roomId, reply);
    });
    await bot.start();
  };
  await start();
  const botId = await bot.getUserId();
  assert.equal(botId, '@bot:localhost');
  await bot.setDisplayName('A bot');

  const alice = new MatrixClient(server.url, await register('alice'));
  await alice.start();
  const roomId = await alice.createRoom({ preset: 'private_chat', name: 'with a bot' });
  const joined = new Promise<void>((resolve) => {
    bot.on('room.join', (id: string) => id === roomId && resolve());
  });
  await alice.inviteUser(botId, roomId);
  await joined;
  assert.deepEqual((await alice.getJoinedRoomMembers(roomId)).sort(), ['@alice:localhost', botId].sort());

  const answer = nextMessage(alice);
  const asked = await alice.sendText(roomId, '!echo hello');
  const { event } = await answer;
  const content = event['content'] as Record<string, Record<string, Record<string, string>>>;
  assert.equal(event['sender'], botId);
  assert.equal(content['m.relates_to']?.['m.in_reply_to']?.['event_id'], asked);

  await bot.sendStateEvent(roomId, 'org.example.bot', 'key', { on: true }).then(
    () => assert.fail('the bot may not set state'),
    (error: { statusCode?: number }) => assert.equal(error.statusCode, 403),
  );
  await alice.setUserPowerLevel(botId, roomId, 50);
  await bot.sendStateEvent(roomId, 'org.example.bot', 'key', { on: true });
  assert.deepEqual(await alice.getRoomStateEvent(roomId, 'org.example.bot', 'key'), { on: true });

  // The bot is down while it is asked; the token that it has kept brings the question.
  bot.stop();
  const late = nextMessage(alice);
  await alice.sendText(roomId, '!echo later');
  await start();
  const { event: second } = await late;
  assert.match((second['content'] as { body: string }).body, /later/);
  alice.stop();
});
