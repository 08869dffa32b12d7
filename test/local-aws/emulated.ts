// npm run test:emulated: the stage `local` on MiniStack (MIT, from PyPI), which this starts itself.
import { testAws } from '../platform/ministack.ts';
import { tellStory } from './story.ts';

tellStory('MiniStack', async () => {
  const aws = await testAws();
  if (typeof aws === 'string') throw new Error(aws);
  return { endpoint: aws.client.endpoint, stop: () => aws.stop() };
});
