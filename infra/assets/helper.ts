// A Lambda of its own, outside the network: CloudFormation's hands for what it cannot do itself. Bundled alone; the AWS SDK
// is the one that the runtime brings.
import { request } from 'node:https';

interface CustomResourceEvent {
  RequestType: 'Create' | 'Update' | 'Delete';
  ResourceType: string;
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceProperties: Record<string, string>;
}

type Data = Record<string, string>;

/** Loads a client of the SDK in the runtime; its types are not those of any package here. */
// biome-ignore lint/suspicious/noExplicitAny: the runtime's own SDK
const sdk = (name: string): Promise<any> => import(`@aws-sdk/client-${name}`);

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs a task to its end; its exit code decides. */
async function runTask(properties: Record<string, string>, deadline: number): Promise<Data> {
  const { ECSClient, RunTaskCommand, DescribeTasksCommand } = await sdk('ecs');
  const client = new ECSClient();
  const { cluster, taskDefinition, subnets, securityGroups, publicIp } = {
    cluster: properties['Cluster'],
    taskDefinition: properties['TaskDefinition'],
    subnets: properties['Subnets']!.split(','),
    securityGroups: properties['SecurityGroups']!.split(','),
    publicIp: properties['PublicIp'],
  };
  const started = await client.send(
    new RunTaskCommand({
      cluster,
      taskDefinition,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: publicIp } },
    }),
  );
  const task = started.tasks?.[0]?.taskArn;
  if (!task) throw new Error(`the task did not start: ${JSON.stringify(started.failures)}`);
  while (Date.now() < deadline) {
    await sleep(3_000);
    const { tasks } = await client.send(new DescribeTasksCommand({ cluster, tasks: [task] }));
    const [now] = tasks ?? [];
    if (now?.lastStatus !== 'STOPPED') continue;
    const code = now.containers?.[0]?.exitCode;
    if (code === 0) return { Task: task };
    throw new Error(`${task} ended with ${code ?? now.stoppedReason}; its log says why`);
  }
  throw new Error(`${task} is still running; deploy again when it has ended`);
}

/** Deletes every object and every version of a bucket. */
async function emptyBucket({ Bucket }: Record<string, string>): Promise<Data> {
  const { S3Client, ListObjectVersionsCommand, DeleteObjectsCommand } = await sdk('s3');
  const client = new S3Client();
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(
      ({ Key, VersionId }: { Key: string; VersionId: string }) => ({ Key, VersionId }),
    );
    if (Objects.length === 0) return {};
    const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    if (Errors?.length)
      throw new Error(`objects of ${Bucket} cannot be deleted: ${JSON.stringify(Errors.slice(0, 3))}`);
  }
}

/** The list of addresses from which CloudFront asks origins. */
async function prefixList({ Name }: Record<string, string>): Promise<Data> {
  const { EC2Client, DescribeManagedPrefixListsCommand } = await sdk('ec2');
  const { PrefixLists } = await new EC2Client().send(
    new DescribeManagedPrefixListsCommand({ Filters: [{ Name: 'prefix-list-name', Values: [Name] }] }),
  );
  const id = PrefixLists?.[0]?.PrefixListId;
  if (!id) throw new Error(`there is no prefix list ${Name} in this region`);
  return { PrefixListId: id };
}

async function act(event: CustomResourceEvent, deadline: number): Promise<Data> {
  const { RequestType, ResourceType, ResourceProperties } = event;
  const ends = RequestType === 'Delete';
  switch (ResourceType) {
    case 'Custom::RunTask':
      return ends ? {} : runTask(ResourceProperties, deadline);
    case 'Custom::EmptyBucket':
      return ends ? emptyBucket(ResourceProperties) : {};
    case 'Custom::PrefixList':
      return ends ? {} : prefixList(ResourceProperties);
    default:
      throw new Error(`unknown resource type ${ResourceType}`);
  }
}

/** Answers CloudFormation in every case: it would wait an hour for an answer that never comes. */
export async function handler(
  event: CustomResourceEvent,
  context: { getRemainingTimeInMillis(): number },
): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const PhysicalResourceId = event.PhysicalResourceId ?? `${LogicalResourceId}-${RequestId}`;
  const base = { StackId, RequestId, LogicalResourceId, PhysicalResourceId };
  const deadline = Date.now() + context.getRemainingTimeInMillis() - 20_000;
  try {
    const Data = await act(event, deadline);
    console.log(JSON.stringify({ done: event.ResourceType, on: event.RequestType, ...Data }));
    await answer(event.ResponseURL, { ...base, Status: 'SUCCESS', Data });
  } catch (error) {
    console.error(JSON.stringify({ failed: event.ResourceType, on: event.RequestType, error: String(error) }));
    await answer(event.ResponseURL, { ...base, Status: 'FAILED', Reason: String(error).slice(0, 1_000) });
  }
}

function answer(url: string, body: object): Promise<void> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const put = request(url, { method: 'PUT', headers: { 'content-length': Buffer.byteLength(text) } }, (response) => {
      response.resume();
      response.on('end', () => resolve());
    });
    put.on('error', reject);
    put.end(text);
  });
}
