import type { Queryable } from '../database.ts';
import type { DirectoryProfile } from './directory-entries.ts';

/** A search in the directory. */
export interface UserSearch {
  userId: string;
  /** Beginnings of words; all have to occur. */
  prefixes: string[];
  /** The whole term in the form in which names are compared. */
  whole: string;
  /** Everybody is found, and not only those who share a room or are in an open one. */
  everybody: boolean;
  limit: number;
}

/**
 * Users that match: whole names first, then those with a name, then those with an avatar. Users find themselves only in
 * open rooms.
 */
export async function findUsers(db: Queryable, search: UserSearch): Promise<DirectoryProfile[]> {
  const visible = search.everybody
    ? 'd.user_id <> $1'
    : `(EXISTS (SELECT 1 FROM memberships m JOIN user_directory_rooms o ON o.room_nid = m.room_nid
          WHERE m.user_id = d.user_id AND m.membership = 'join')
        OR (d.user_id <> $1 AND EXISTS (SELECT 1 FROM memberships m
          JOIN memberships own ON own.room_nid = m.room_nid AND own.user_id = $1 AND own.membership = 'join'
          WHERE m.user_id = d.user_id AND m.membership = 'join')))`;
  return db.query(
    `SELECT d.user_id AS "userId", d.display_name AS "displayName", d.avatar_url AS "avatarUrl"
     FROM user_directory d WHERE d.words @@ $2::tsquery AND ${visible}
     ORDER BY (d.localpart = $3 OR d.name = $3) IS TRUE DESC, d.display_name IS NOT NULL DESC,
       d.avatar_url IS NOT NULL DESC, d.user_id LIMIT $4`,
    [search.userId, search.prefixes.map(prefixOperand).join(' & '), search.whole, search.limit],
  );
}

function prefixOperand(prefix: string): string {
  return `'${prefix.replaceAll("'", "''").replaceAll('\\', '\\\\')}':*`;
}
