import { invalidParam, MatrixError, missingParam } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { getUserByThreepid } from '../../storage/accounts/threepids.ts';
import { deleteOthersPushers, deletePusher, putPusher } from '../../storage/pushers/pushers.ts';
import { canonicalAddress } from '../accounts/identify.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';

const MOST_APP_ID_CHARACTERS = 64;
const MOST_PUSHKEY_BYTES = 512;
const MOST_DATA_CHARACTERS = 16_384;
const NOTIFY_PATH = '/_matrix/push/v1/notify';

/** What a client wants of a pusher; null for `kind` removes it. */
export interface PusherWish {
  kind: string | null;
  appId: string;
  pushkey: string;
  appDisplayName?: string;
  deviceDisplayName?: string;
  profileTag?: string;
  lang?: string;
  data?: JsonObject;
  /** Leave the same pusher of other users. */
  append: boolean;
  /** MSC3881; true when absent. */
  enabled: boolean;
}

/**
 * Makes, changes or removes a pusher (client-server API, `POST /pushers/set`).
 * @throws MatrixError 400 M_MISSING_PARAM, M_INVALID_PARAM, M_THREEPID_NOT_FOUND for an address that is not the user's.
 */
export async function setPusher(ctx: Context, requester: Requester, wish: PusherWish): Promise<void> {
  const { userId } = requester;
  checkKey(wish);
  if (wish.kind === null) return deletePusher(ctx.db, userId, wish.appId, wish.pushkey);
  const gateway = await gatewayOf(ctx, userId, wish);
  const required = {
    app_display_name: wish.appDisplayName,
    device_display_name: wish.deviceDisplayName,
    lang: wish.lang,
    data: wish.data,
  };
  const missing = Object.entries(required).filter(([, value]) => value === undefined);
  if (missing.length > 0) throw missingParam(`Missing parameters: ${missing.map(([name]) => name).join(', ')}`);
  const data = JSON.stringify(wish.data);
  if (data.length > MOST_DATA_CHARACTERS) throw invalidParam('data is too large.');
  await ctx.db.tx(async (tx) => {
    if (!wish.append) await deleteOthersPushers(tx, userId, wish.appId, wish.pushkey);
    const pusher = {
      userId,
      appId: wish.appId,
      pushkey: wish.pushkey,
      kind: wish.kind as 'http' | 'email',
      appDisplayName: wish.appDisplayName as string,
      deviceDisplayName: wish.deviceDisplayName as string,
      profileTag: wish.profileTag ?? '',
      lang: wish.lang as string,
      data,
      enabled: wish.enabled,
      deviceId: requester.deviceId,
      createdTs: ctx.clock.now(),
    };
    await putPusher(tx, pusher, gateway);
  });
}

function checkKey({ appId, pushkey, appDisplayName, deviceDisplayName, profileTag, lang }: PusherWish): void {
  if (appId.length > MOST_APP_ID_CHARACTERS) {
    throw invalidParam(`app_id may have ${MOST_APP_ID_CHARACTERS} characters at most.`);
  }
  if (Buffer.byteLength(pushkey) > MOST_PUSHKEY_BYTES) {
    throw invalidParam(`pushkey may have ${MOST_PUSHKEY_BYTES} bytes at most.`);
  }
  for (const text of [appId, pushkey, appDisplayName, deviceDisplayName, profileTag, lang]) {
    if (text?.includes('\0')) throw invalidParam('A pusher may hold no NUL character.');
    if (text && text.length > 1_000) throw invalidParam('A name of the pusher is too long.');
  }
}

/** Host and port of the gateway, `mail` for e-mail. */
async function gatewayOf(ctx: Context, userId: string, wish: PusherWish): Promise<string> {
  if (wish.kind === 'email') {
    const owner = await getUserByThreepid(ctx.db, 'email', canonicalAddress('email', wish.pushkey));
    if (owner === userId) return 'mail';
    throw new MatrixError(400, 'M_THREEPID_NOT_FOUND', 'The pushkey is no e-mail address of this account.');
  }
  if (wish.kind !== 'http') throw invalidParam('kind has to be http, email or null.');
  if (wish.data === undefined) throw missingParam('Missing parameters: data');
  const { url } = wish.data;
  if (url === undefined) throw missingParam('data has no url.');
  if (typeof url !== 'string' || !URL.canParse(url)) throw invalidParam('data.url is not a URL.');
  const parsed = new URL(url);
  // A gateway inside one's own network may do without TLS.
  const schemes = ctx.config.outboundHttp.allowPrivateAddresses ? ['https:', 'http:'] : ['https:'];
  if (!schemes.includes(parsed.protocol)) throw invalidParam('data.url has to be an https URL.');
  if (parsed.pathname !== NOTIFY_PATH) throw invalidParam(`data.url has to have the path ${NOTIFY_PATH}.`);
  return parsed.host;
}
