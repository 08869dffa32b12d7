// npm run test:localstack: the stage `local` on the LocalStack at AWS_ENDPOINT_URL.
import { tellStory } from './story.ts';

tellStory('LocalStack', async () => {
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  if (!endpoint) throw new Error('AWS_ENDPOINT_URL does not say where LocalStack answers (http://127.0.0.1:4566).');
  const health = await fetch(`${endpoint}/_localstack/health`).catch((error: Error) => {
    throw new Error(`LocalStack does not answer at ${endpoint}: ${error.message}`);
  });
  if (!health.ok) throw new Error(`LocalStack answers ${health.status} at ${endpoint}.`);
  return { endpoint: endpoint.replace(/\/+$/, ''), stop: async () => {} };
});
