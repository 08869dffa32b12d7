/** The events that Lambda hands to a function for an HTTP request, as far as they are read here. */

type StringMap = Readonly<Record<string, string | undefined>> | null;
type ListMap = Readonly<Record<string, readonly string[] | undefined>> | null;

interface EventBody {
  body?: string | null;
  isBase64Encoded?: boolean;
}

/** API Gateway REST API, and HTTP API with payload format 1.0. Path as sent; query decoded, order lost. */
export interface RestEvent extends EventBody {
  httpMethod: string;
  path: string;
  headers: StringMap;
  multiValueHeaders?: ListMap;
  queryStringParameters?: StringMap;
  multiValueQueryStringParameters?: ListMap;
  requestContext: {
    /** With the stage in front, except under a custom domain. */
    path?: string;
    stage?: string;
    requestId?: string;
    identity?: { sourceIp?: string };
    domainName?: string;
  };
}

/** HTTP API with payload format 2.0 (path decoded), and function URLs (path as sent). Query as sent. */
export interface HttpEvent extends EventBody {
  version: '2.0';
  rawPath: string;
  rawQueryString: string;
  cookies?: readonly string[];
  headers: StringMap;
  requestContext: {
    http: { method: string; sourceIp?: string };
    stage?: string;
    requestId?: string;
    domainName?: string;
  };
}

/** Application Load Balancer: path and query as sent; of repeated names only the last unless the group is multi-value. */
export interface AlbEvent extends EventBody {
  httpMethod: string;
  path: string;
  headers?: StringMap;
  multiValueHeaders?: ListMap;
  queryStringParameters?: StringMap;
  multiValueQueryStringParameters?: ListMap;
  requestContext: { elb: { targetGroupArn: string } };
}

export type LambdaEvent = RestEvent | HttpEvent | AlbEvent;

/** Who called, and so which shape the answer must have. */
export type LambdaFlavour = 'rest' | 'http' | 'function-url' | 'alb' | 'alb-multi';

/**
 * Tells the events apart by their shape.
 * @throws Error for an event that is no HTTP request (a schedule, a queue)
 */
export function flavourOf(event: unknown): LambdaFlavour {
  const { requestContext, version } = (event ?? {}) as Partial<HttpEvent & AlbEvent>;
  if (requestContext?.elb) return 'multiValueHeaders' in (event as AlbEvent) ? 'alb-multi' : 'alb';
  if (version === '2.0' && requestContext?.http) {
    return requestContext.domainName?.includes('.lambda-url.') ? 'function-url' : 'http';
  }
  if (requestContext && typeof (event as Partial<RestEvent>).httpMethod === 'string') return 'rest';
  throw new Error('This event is not an HTTP request from API Gateway, a function URL or a load balancer.');
}

/** A request out of an event, still as strings. */
export interface EventRequest {
  method: string;
  rawUri: string;
  headers: [name: string, value: string][];
  body: Buffer | undefined;
  host: string | undefined;
  ip: string | undefined;
  requestId: string | undefined;
}

/** Reads an event of a known flavour. */
export function readEvent(event: LambdaEvent, flavour: LambdaFlavour): EventRequest {
  const body = bodyOf(event);
  switch (flavour) {
    case 'rest': {
      const { requestContext, ...rest } = event as RestEvent;
      return {
        method: rest.httpMethod,
        rawUri: restPath(event as RestEvent) + query(rest, encodeURIComponent),
        headers: headersOf(rest),
        body,
        host: requestContext.domainName,
        ip: requestContext.identity?.sourceIp,
        requestId: requestContext.requestId,
      };
    }
    case 'http':
    case 'function-url': {
      const { requestContext, ...rest } = event as HttpEvent;
      const cookie = rest.cookies?.join('; ');
      const path = flavour === 'http' ? httpApiPath(event as HttpEvent) : rest.rawPath;
      return {
        method: requestContext.http.method,
        rawUri: rest.rawQueryString ? `${path}?${rest.rawQueryString}` : path,
        headers: [...headersOf(rest), ...(cookie ? [['cookie', cookie] as [string, string]] : [])],
        body,
        host: requestContext.domainName,
        ip: requestContext.http.sourceIp,
        requestId: requestContext.requestId,
      };
    }
    case 'alb':
    case 'alb-multi': {
      const alb = event as AlbEvent;
      const headers = headersOf(alb);
      const header = (wanted: string) => headers.findLast(([name]) => name.toLowerCase() === wanted)?.[1];
      return {
        method: alb.httpMethod,
        rawUri: alb.path + query(alb, (part) => part),
        headers,
        body,
        host: header('host'),
        // The balancer appends the peer's address to whatever the client wrote there.
        ip: header('x-forwarded-for')?.split(',').at(-1)?.trim(),
        requestId: header('x-amzn-trace-id'),
      };
    }
  }
}

/**
 * The path as sent: `requestContext.path` less the stage. Under a custom domain there is no stage in front, and `path`
 * equals it; then a path that happens to begin like the stage keeps its beginning.
 */
function restPath({ path, requestContext }: RestEvent): string {
  const full = requestContext.path ?? path;
  const prefix = `/${requestContext.stage ?? ''}`;
  if (full === path || prefix === '/') return full;
  return full.startsWith(`${prefix}/`) ? full.slice(prefix.length) : full;
}

/** HTTP APIs decode the path (so `%2F` is lost); what is left is encoded again where a path must be. */
function httpApiPath({ rawPath, requestContext: { stage } }: HttpEvent): string {
  const prefix = `/${stage}/`;
  const path = stage && stage !== '$default' && rawPath.startsWith(prefix) ? rawPath.slice(prefix.length - 1) : rawPath;
  return encodeURI(path.toWellFormed()).replace(/[?#]/g, encodeURIComponent);
}

function query(
  event: Pick<RestEvent, 'queryStringParameters' | 'multiValueQueryStringParameters'>,
  encode: (part: string) => string,
): string {
  const pairs = pairsOf(event.queryStringParameters, event.multiValueQueryStringParameters);
  return pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')}`;
}

function headersOf(event: Pick<AlbEvent, 'headers' | 'multiValueHeaders'>): [string, string][] {
  return pairsOf(event.headers, event.multiValueHeaders);
}

function pairsOf(single: StringMap | undefined, multiple: ListMap | undefined): [string, string][] {
  if (multiple)
    return Object.entries(multiple).flatMap(([name, values]) =>
      (values ?? []).map((value) => [name, value] as [string, string]),
    );
  return Object.entries(single ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
}

function bodyOf({ body, isBase64Encoded }: EventBody): Buffer | undefined {
  if (body === undefined || body === null || body === '') return undefined;
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}
