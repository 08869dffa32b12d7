import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Queue, type QueueHandler, type ReceiveOptions, retryDelayMs, type SendOptions } from '../queue.ts';
import { type ClaimedMessage, receiveMessages } from '../queue-receiver.ts';

/** Settings of an {@link SqsQueue}. */
export interface SqsQueueOptions {
  client: SQSClient;
  /** The URL of the queue with a name. Its redrive policy says when a message is dead. */
  queueUrl(name: string): string;
  /** Delay before the second attempt; doubled each time. SQS counts in seconds. Default 1 s. */
  retryMs?: number;
  /** How long one request waits for messages. Seconds, at most (and by default) 20. */
  waitSeconds?: number;
  onError?: (error: unknown, queue: string) => void;
}

const MOST_AT_ONCE = 10;

/** The queue port over Amazon SQS standard queues. These have no dedupe ids: every message sent is delivered. */
export class SqsQueue implements Queue {
  readonly #options: SqsQueueOptions;

  constructor(options: SqsQueueOptions) {
    this.#options = options;
  }

  async send(name: string, body: unknown, options: SendOptions = {}): Promise<void> {
    const delaySeconds = Math.ceil((options.delayMs ?? 0) / 1_000);
    await this.#options.client.send(
      new SendMessageCommand({
        QueueUrl: this.#options.queueUrl(name),
        MessageBody: JSON.stringify(body),
        // Only when asked for: the queue may have a delay of its own.
        DelaySeconds: delaySeconds > 0 ? delaySeconds : undefined,
      }),
    );
  }

  receive(name: string, handler: QueueHandler, options: ReceiveOptions): () => Promise<void> {
    const { client, onError, waitSeconds = 20 } = this.#options;
    const url = this.#options.queueUrl(name);
    const claim = async (most: number, signal: AbortSignal): Promise<ClaimedMessage[]> => {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: Math.min(most, MOST_AT_ONCE),
        VisibilityTimeout: Math.ceil(options.visibilityMs / 1_000),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      });
      const answer = await client.send(command, { abortSignal: signal });
      return (answer.Messages ?? []).map((message) => this.#claimed(url, message));
    };
    return receiveMessages({ claim, onError: (error) => onError?.(error, name) }, handler, options);
  }

  async depth(name: string): Promise<number> {
    const { Attributes } = await this.#options.client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#options.queueUrl(name),
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
    );
    return Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0);
  }

  #claimed(url: string, message: Message): ClaimedMessage {
    const { client, retryMs = 1_000 } = this.#options;
    const attempt = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
    const handle = { QueueUrl: url, ReceiptHandle: message.ReceiptHandle! };
    return {
      id: message.MessageId!,
      attempt,
      body: JSON.parse(message.Body!),
      done: async () => {
        await client.send(new DeleteMessageCommand(handle));
      },
      failed: async () => {
        const seconds = Math.ceil(retryDelayMs(attempt, retryMs) / 1_000);
        await client.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: seconds }));
      },
    };
  }
}
