import type { Endpoint } from '../../http/endpoint.ts';
import deleteFile from './delete-file.ts';
import deleteOld from './delete-old.ts';
import deleteOldDeprecated from './delete-old-deprecated.ts';
import deleteUserMedia from './delete-user-media.ts';
import getMedia from './get-media.ts';
import getQuarantineChanges from './get-quarantine-changes.ts';
import getRoomMedia from './get-room-media.ts';
import getUserMedia from './get-user-media.ts';
import protectFile from './protect-file.ts';
import purgeRemote from './purge-remote.ts';
import quarantineFile from './quarantine-file.ts';
import quarantineRoom from './quarantine-room.ts';
import quarantineUser from './quarantine-user.ts';
import unprotectFile from './unprotect-file.ts';
import unquarantineFile from './unquarantine-file.ts';

export const endpoints: Endpoint[] = [
  deleteFile,
  deleteOld,
  deleteOldDeprecated,
  deleteUserMedia,
  getMedia,
  getQuarantineChanges,
  getRoomMedia,
  getUserMedia,
  protectFile,
  purgeRemote,
  quarantineFile,
  quarantineRoom,
  quarantineUser,
  unprotectFile,
  unquarantineFile,
];
