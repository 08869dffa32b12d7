// Exit code 0 when the process answers on its listener, whatever it answers: a unit without routes has nothing to say but
// that it is there.
const port = process.env.MYELIN_LISTEN_HTTP_PORT ?? '8008';
try {
  const { status } = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = status < 500 ? 0 : 1;
} catch {
  process.exitCode = 1;
}
