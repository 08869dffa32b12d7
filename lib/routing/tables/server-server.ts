/** Endpoints of the server-server API, legacy forms that servers still send included. Columns: see endpoint-table.ts. */
export const SERVER_SERVER_ROWS = `
GET	/_matrix/federation/v1/backfill/{roomId}	-	federation	federation	-	-	openapi	backfillRoom
POST	/_matrix/federation/v1/get_missing_events/{roomId}	-	federation	federation	-	-	openapi	getMissingPreviousEvents
GET	/_matrix/federation/v1/media/download/{mediaId}	-	media	federation	-	-	openapi	getContent
GET	/_matrix/federation/v1/media/thumbnail/{mediaId}	-	media	federation	-	-	openapi	getContentThumbnail
GET	/_matrix/federation/v1/event_auth/{roomId}/{eventId}	-	federation	federation	-	-	openapi	getEventAuth
GET	/_matrix/federation/v1/state/{roomId}	-	federation	federation	-	-	openapi	getRoomState
GET	/_matrix/federation/v1/state_ids/{roomId}	-	federation	federation	-	-	openapi	getRoomStateIds
GET	/_matrix/federation/v1/event/{eventId}	-	federation	federation	-	-	openapi	getEvent
GET	/_matrix/federation/v1/timestamp_to_event/{roomId}	-	federation	federation	-	-	openapi	getEventByTimestamp
PUT	/_matrix/federation/v1/invite/{roomId}/{eventId}	-	federation -> event-persister	federation	-	-	openapi	sendInviteV1
PUT	/_matrix/federation/v2/invite/{roomId}/{eventId}	-	federation -> event-persister	federation	-	-	openapi	sendInviteV2
GET	/_matrix/federation/v1/make_join/{roomId}/{userId}	-	federation	federation	-	-	openapi	makeJoin
PUT	/_matrix/federation/v2/send_join/{roomId}/{eventId}	-	federation -> event-persister	federation	-	-	openapi	sendJoinV2
GET	/_matrix/key/v2/query/{serverName}	-	federation	none	-	-	openapi	perspectivesKeyQuery
POST	/_matrix/key/v2/query	-	federation	none	-	-	openapi	bulkPerspectivesKeyQuery
GET	/_matrix/key/v2/server	-	federation	none	-	-	openapi	getServerKey
GET	/_matrix/federation/v1/make_knock/{roomId}/{userId}	-	federation	federation	-	-	openapi	makeKnock
PUT	/_matrix/federation/v1/send_knock/{roomId}/{eventId}	-	federation -> event-persister	federation	-	-	openapi	sendKnock
GET	/_matrix/federation/v1/make_leave/{roomId}/{userId}	-	federation	federation	-	-	openapi	makeLeave
PUT	/_matrix/federation/v2/send_leave/{roomId}/{eventId}	-	federation -> event-persister	federation	-	-	openapi	sendLeaveV2
GET	/_matrix/federation/v1/openid/userinfo	-	federation	none	-	-	openapi	exchangeOpenIdToken
GET	/_matrix/federation/v1/publicRooms	-	federation	federation	-	-	openapi	getPublicRooms
POST	/_matrix/federation/v1/publicRooms	-	federation	federation	-	-	openapi	queryPublicRooms
GET	/_matrix/federation/v1/query/{queryType}	-	federation	federation	-	-	openapi	queryInfo
GET	/_matrix/federation/v1/query/directory	-	federation	federation	-	-	openapi	queryRoomDirectory
GET	/_matrix/federation/v1/query/profile	-	federation	federation	-	-	openapi	queryProfile
GET	/_matrix/federation/v1/hierarchy/{roomId}	-	federation	federation	-	-	openapi	getSpaceHierarchy
PUT	/_matrix/federation/v1/exchange_third_party_invite/{roomId}	-	federation -> event-persister	federation	-	-	openapi	exchangeThirdPartyInvite
PUT	/_matrix/federation/v1/3pid/onbind	-	federation -> event-persister	none	-	-	openapi	onBindThirdPartyIdentifier
PUT	/_matrix/federation/v1/send/{txnId}	-	federation -> event-persister	federation	source	-	openapi	sendTransaction
GET	/_matrix/federation/v1/user/devices/{userId}	-	federation	federation	-	-	openapi	getUserDevices
POST	/_matrix/federation/v1/user/keys/claim	-	federation	federation	-	-	openapi	claimUserEncryptionKeys
POST	/_matrix/federation/v1/user/keys/query	-	federation	federation	-	-	openapi	queryUserEncryptionKeys
GET	/_matrix/federation/v1/version	-	federation	none	-	-	openapi	getVersion
GET	/.well-known/matrix/server	-	federation	none	-	-	openapi	getWellKnown
PUT	/_matrix/federation/v1/send_join/{roomId}/{eventId}	-	federation -> event-persister	federation	-	deprecated	legacy	sendJoinV1
PUT	/_matrix/federation/v1/send_leave/{roomId}/{eventId}	-	federation -> event-persister	federation	-	deprecated	legacy	sendLeaveV1
GET	/_matrix/key/v2/server/{keyId}	-	federation	none	-	deprecated	legacy	getServerKeyById
`;
