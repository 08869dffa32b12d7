/** Endpoints of the client-server API, legacy forms that clients still send included. Columns: see endpoint-table.ts. */
export const CLIENT_SERVER_ROWS = `
PUT	/_matrix/client/v3/user/{userId}/account_data/{type}	r0	client -> account-data	user	-	-	openapi	setAccountData
GET	/_matrix/client/v3/user/{userId}/account_data/{type}	r0	client	user	-	-	openapi	getAccountData
PUT	/_matrix/client/v3/user/{userId}/rooms/{roomId}/account_data/{type}	r0	client -> account-data	user	-	-	openapi	setAccountDataPerRoom
GET	/_matrix/client/v3/user/{userId}/rooms/{roomId}/account_data/{type}	r0	client	user	-	-	openapi	getAccountDataPerRoom
POST	/_matrix/client/v3/account/deactivate	r0	login -> event-persister	optional	-	-	openapi	deactivateAccount
GET	/_matrix/client/v3/admin/whois/{userId}	r0	client	user	-	-	openapi	getWhoIs
GET	/_matrix/client/v1/admin/suspend/{userId}	-	client	user	-	-	openapi	getAdminSuspendUser
PUT	/_matrix/client/v1/admin/suspend/{userId}	-	client	user	-	-	openapi	setAdminSuspendUser
GET	/_matrix/client/v1/admin/lock/{userId}	-	client	user	-	-	openapi	getAdminLockUser
PUT	/_matrix/client/v1/admin/lock/{userId}	-	client	user	-	-	openapi	setAdminLockUser
GET	/_matrix/client/v3/account/3pid	r0	client	user	-	-	openapi	getAccount3PIDs
POST	/_matrix/client/v3/account/3pid	r0	client	user	-	deprecated	openapi	post3PIDs
POST	/_matrix/client/v3/account/3pid/add	r0	client	user	-	-	openapi	add3PID
POST	/_matrix/client/v3/account/3pid/bind	r0	client	user	-	-	openapi	bind3PID
POST	/_matrix/client/v3/account/3pid/delete	r0	client	user	-	-	openapi	delete3pidFromAccount
POST	/_matrix/client/v3/account/3pid/unbind	r0	client	user	-	-	openapi	unbind3pidFromAccount
POST	/_matrix/client/v3/account/3pid/email/requestToken	r0	client	none	-	-	openapi	requestTokenTo3PIDEmail
POST	/_matrix/client/v3/account/3pid/msisdn/requestToken	r0	client	none	-	-	openapi	requestTokenTo3PIDMSISDN
POST	/_matrix/client/v1/appservice/{appserviceId}/ping	-	client -> appservice	appservice	-	-	openapi	pingAppservice
PUT	/_matrix/client/v3/directory/list/appservice/{networkId}/{roomId}	r0	client	appservice	-	-	openapi	updateAppserviceRoomDirectoryVisibility
GET	/_matrix/client/v1/media/download/{serverName}/{mediaId}	-	media	user	-	-	openapi	getContentAuthed
GET	/_matrix/client/v1/media/download/{serverName}/{mediaId}/{fileName}	-	media	user	-	-	openapi	getContentOverrideNameAuthed
GET	/_matrix/client/v1/media/thumbnail/{serverName}/{mediaId}	-	media	user	-	-	openapi	getContentThumbnailAuthed
GET	/_matrix/client/v1/media/preview_url	-	media	user	-	-	openapi	getUrlPreviewAuthed
GET	/_matrix/client/v1/media/config	-	media	user	-	-	openapi	getConfigAuthed
POST	/_matrix/client/v3/rooms/{roomId}/ban	r0	client -> event-persister	user	room	-	openapi	ban
POST	/_matrix/client/v3/rooms/{roomId}/unban	r0	client -> event-persister	user	room	-	openapi	unban
GET	/_matrix/client/v3/capabilities	r0	client	user	-	-	openapi	getCapabilities
POST	/_matrix/media/v3/upload	r0,v1	media	user	-	-	openapi	uploadContent
PUT	/_matrix/media/v3/upload/{serverName}/{mediaId}	-	media	user	-	-	openapi	uploadContentToMXC
POST	/_matrix/media/v1/create	-	media	user	-	-	openapi	createContent
GET	/_matrix/media/v3/download/{serverName}/{mediaId}	r0,v1	media	none	-	deprecated	openapi	getContent
GET	/_matrix/media/v3/download/{serverName}/{mediaId}/{fileName}	r0,v1	media	none	-	deprecated	openapi	getContentOverrideName
GET	/_matrix/media/v3/thumbnail/{serverName}/{mediaId}	r0,v1	media	none	-	deprecated	openapi	getContentThumbnail
GET	/_matrix/media/v3/preview_url	r0,v1	media	user	-	deprecated	openapi	getUrlPreview
GET	/_matrix/media/v3/config	r0,v1	media	user	-	deprecated	openapi	getConfig
POST	/_matrix/client/v3/createRoom	r0	client -> event-persister	user	-	-	openapi	createRoom
POST	/_matrix/client/v3/keys/device_signing/upload	r0	keys -> to-device	user	-	-	openapi	uploadCrossSigningKeys
POST	/_matrix/client/v3/keys/signatures/upload	r0	keys -> to-device	user	-	-	openapi	uploadCrossSigningSignatures
GET	/_matrix/client/v3/devices	r0	client	user	-	-	openapi	getDevices
GET	/_matrix/client/v3/devices/{deviceId}	r0	client	user	-	-	openapi	getDevice
PUT	/_matrix/client/v3/devices/{deviceId}	r0	client -> to-device	user	-	-	openapi	updateDevice
DELETE	/_matrix/client/v3/devices/{deviceId}	r0	client -> to-device	user	-	-	openapi	deleteDevice
POST	/_matrix/client/v3/delete_devices	r0	client -> to-device	user	-	-	openapi	deleteDevices
PUT	/_matrix/client/v3/directory/room/{roomAlias}	r0	client	user	-	-	openapi	setRoomAlias
GET	/_matrix/client/v3/directory/room/{roomAlias}	r0	client	none	-	-	openapi	getRoomIdByAlias
DELETE	/_matrix/client/v3/directory/room/{roomAlias}	r0	client -> event-persister	user	-	-	openapi	deleteRoomAlias
GET	/_matrix/client/v3/rooms/{roomId}/aliases	r0	client	user	-	-	openapi	getLocalAliases
GET	/_matrix/client/v3/rooms/{roomId}/context/{eventId}	r0	client	user	-	-	openapi	getEventContext
POST	/_matrix/client/v3/user/{userId}/filter	r0	client	user	-	-	openapi	defineFilter
GET	/_matrix/client/v3/user/{userId}/filter/{filterId}	r0	client	user	-	-	openapi	getFilter
POST	/_matrix/client/v3/rooms/{roomId}/invite	r0	client -> event-persister	user	room	-	openapi	inviteUser,inviteBy3PID
POST	/_matrix/client/v3/rooms/{roomId}/join	r0	client -> event-persister	user	room	-	openapi	joinRoomById
POST	/_matrix/client/v3/join/{roomIdOrAlias}	r0	client -> event-persister	user	-	-	openapi	joinRoom
POST	/_matrix/client/v3/room_keys/version	r0	keys	user	-	-	openapi	postRoomKeysVersion
GET	/_matrix/client/v3/room_keys/version	r0	keys	user	-	-	openapi	getRoomKeysVersionCurrent
GET	/_matrix/client/v3/room_keys/version/{version}	r0	keys	user	-	-	openapi	getRoomKeysVersion
PUT	/_matrix/client/v3/room_keys/version/{version}	r0	keys	user	-	-	openapi	putRoomKeysVersion
DELETE	/_matrix/client/v3/room_keys/version/{version}	r0	keys	user	-	-	openapi	deleteRoomKeysVersion
PUT	/_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}	r0	keys	user	-	-	openapi	putRoomKeyBySessionId
GET	/_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}	r0	keys	user	-	-	openapi	getRoomKeyBySessionId
DELETE	/_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}	r0	keys	user	-	-	openapi	deleteRoomKeyBySessionId
PUT	/_matrix/client/v3/room_keys/keys/{roomId}	r0	keys	user	-	-	openapi	putRoomKeysByRoomId
GET	/_matrix/client/v3/room_keys/keys/{roomId}	r0	keys	user	-	-	openapi	getRoomKeysByRoomId
DELETE	/_matrix/client/v3/room_keys/keys/{roomId}	r0	keys	user	-	-	openapi	deleteRoomKeysByRoomId
PUT	/_matrix/client/v3/room_keys/keys	r0	keys	user	-	-	openapi	putRoomKeys
GET	/_matrix/client/v3/room_keys/keys	r0	keys	user	-	-	openapi	getRoomKeys
DELETE	/_matrix/client/v3/room_keys/keys	r0	keys	user	-	-	openapi	deleteRoomKeys
POST	/_matrix/client/v3/keys/upload	r0	keys -> to-device	user	-	-	openapi	uploadKeys
POST	/_matrix/client/v3/keys/query	r0	keys	user	-	-	openapi	queryKeys
POST	/_matrix/client/v3/keys/claim	r0	keys	user	-	-	openapi	claimKeys
GET	/_matrix/client/v3/keys/changes	r0	keys	user	-	-	openapi	getKeysChanges
POST	/_matrix/client/v3/rooms/{roomId}/kick	r0	client -> event-persister	user	room	-	openapi	kick
POST	/_matrix/client/v3/knock/{roomIdOrAlias}	r0	client -> event-persister	user	-	-	openapi	knockRoom
POST	/_matrix/client/v3/rooms/{roomId}/leave	r0	client -> event-persister	user	room	-	openapi	leaveRoom
POST	/_matrix/client/v3/rooms/{roomId}/forget	r0	client -> event-persister	user	-	-	openapi	forgetRoom
GET	/_matrix/client/v3/joined_rooms	r0	client	user	-	-	openapi	getJoinedRooms
GET	/_matrix/client/v3/directory/list/room/{roomId}	r0	client	none	-	-	openapi	getRoomVisibilityOnDirectory
PUT	/_matrix/client/v3/directory/list/room/{roomId}	r0	client	user	-	-	openapi	setRoomVisibilityOnDirectory
GET	/_matrix/client/v3/publicRooms	r0	client	none	-	-	openapi	getPublicRooms
POST	/_matrix/client/v3/publicRooms	r0	client	user	-	-	openapi	queryPublicRooms
GET	/_matrix/client/v3/login	r0	login	none	-	-	openapi	getLoginFlows
POST	/_matrix/client/v3/login	r0	login	none	-	-	openapi	login
POST	/_matrix/client/v1/login/get_token	-	login	user	-	-	openapi	generateLoginToken
POST	/_matrix/client/v3/logout	r0	login -> to-device	user	-	-	openapi	logout
POST	/_matrix/client/v3/logout/all	r0	login -> to-device	user	-	-	openapi	logout_all
GET	/_matrix/client/v3/rooms/{roomId}/messages	r0	client	user	room	-	openapi	getRoomEvents
GET	/_matrix/client/v1/mutual_rooms	-	client	user	-	-	openapi	getMutualRooms
GET	/_matrix/client/v3/notifications	r0	client	user	-	-	openapi	getNotifications
GET	/_matrix/client/v1/auth_metadata	-	login	none	-	-	openapi	getAuthMetadata
GET	/_matrix/client/v3/events	r0	sync	user	-	-	openapi	getEvents,peekEvents
GET	/_matrix/client/v3/initialSync	r0	sync	user	user	deprecated	openapi	initialSync
GET	/_matrix/client/v3/events/{eventId}	r0	client	user	-	deprecated	openapi	getOneEvent
POST	/_matrix/client/v3/user/{userId}/openid/request_token	r0	client	user	-	-	openapi	requestOpenIdToken
POST	/_matrix/client/v3/account/password	r0	login	optional	-	-	openapi	changePassword
POST	/_matrix/client/v3/account/password/email/requestToken	r0	login	none	-	-	openapi	requestTokenToResetPasswordEmail
POST	/_matrix/client/v3/account/password/msisdn/requestToken	r0	login	none	-	-	openapi	requestTokenToResetPasswordMSISDN
PUT	/_matrix/client/v3/presence/{userId}/status	r0	client -> presence	user	-	-	openapi	setPresence
GET	/_matrix/client/v3/presence/{userId}/status	r0	client	user	-	-	openapi	getPresence
PUT	/_matrix/client/v3/profile/{userId}/{keyName}	r0	client -> event-persister	user	-	-	openapi	setProfileField
GET	/_matrix/client/v3/profile/{userId}/{keyName}	r0	client	none	-	-	openapi	getProfileField
DELETE	/_matrix/client/v3/profile/{userId}/{keyName}	-	client -> event-persister	user	-	-	openapi	deleteProfileField
GET	/_matrix/client/v3/profile/{userId}	r0	client	none	-	-	openapi	getUserProfile
GET	/_matrix/client/v3/pushers	r0	client	user	-	-	openapi	getPushers
POST	/_matrix/client/v3/pushers/set	r0	client -> pusher	user	-	-	openapi	postPusher
GET	/_matrix/client/v3/pushrules/	r0	client	user	-	-	openapi	getPushRules
GET	/_matrix/client/v3/pushrules/global/	r0	client	user	-	-	openapi	getPushRulesGlobal
GET	/_matrix/client/v3/pushrules/global/{kind}/{ruleId}	r0	client	user	-	-	openapi	getPushRule
DELETE	/_matrix/client/v3/pushrules/global/{kind}/{ruleId}	r0	client -> account-data	user	-	-	openapi	deletePushRule
PUT	/_matrix/client/v3/pushrules/global/{kind}/{ruleId}	r0	client -> account-data	user	-	-	openapi	setPushRule
GET	/_matrix/client/v3/pushrules/global/{kind}/{ruleId}/enabled	r0	client	user	-	-	openapi	isPushRuleEnabled
PUT	/_matrix/client/v3/pushrules/global/{kind}/{ruleId}/enabled	r0	client -> account-data	user	-	-	openapi	setPushRuleEnabled
GET	/_matrix/client/v3/pushrules/global/{kind}/{ruleId}/actions	r0	client	user	-	-	openapi	getPushRuleActions
PUT	/_matrix/client/v3/pushrules/global/{kind}/{ruleId}/actions	r0	client -> account-data	user	-	-	openapi	setPushRuleActions
POST	/_matrix/client/v3/rooms/{roomId}/read_markers	r0	client -> receipts, account-data	user	-	-	openapi	setReadMarker
POST	/_matrix/client/v3/rooms/{roomId}/receipt/{receiptType}/{eventId}	r0	client -> receipts	user	-	-	openapi	postReceipt
PUT	/_matrix/client/v3/rooms/{roomId}/redact/{eventId}/{txnId}	r0	client -> event-persister	user	room	-	openapi	redactEvent
POST	/_matrix/client/v3/refresh	-	login	none	-	-	openapi	refresh
POST	/_matrix/client/v3/register	r0	login	none	-	-	openapi	register
POST	/_matrix/client/v3/register/email/requestToken	r0	login	none	-	-	openapi	requestTokenToRegisterEmail
POST	/_matrix/client/v3/register/msisdn/requestToken	r0	login	none	-	-	openapi	requestTokenToRegisterMSISDN
GET	/_matrix/client/v3/register/available	r0	login	none	-	-	openapi	checkUsernameAvailability
GET	/_matrix/client/v1/register/m.login.registration_token/validity	-	login	none	-	-	openapi	registrationTokenValidity
GET	/_matrix/client/v1/rooms/{roomId}/relations/{eventId}	-	client	user	-	-	openapi	getRelatingEvents
GET	/_matrix/client/v1/rooms/{roomId}/relations/{eventId}/{relType}	-	client	user	-	-	openapi	getRelatingEventsWithRelType
GET	/_matrix/client/v1/rooms/{roomId}/relations/{eventId}/{relType}/{eventType}	-	client	user	-	-	openapi	getRelatingEventsWithRelTypeAndEventType
POST	/_matrix/client/v3/rooms/{roomId}/report	-	client	user	-	-	openapi	reportRoom
POST	/_matrix/client/v3/rooms/{roomId}/report/{eventId}	r0	client	user	-	-	openapi	reportEvent
POST	/_matrix/client/v3/users/{userId}/report	-	client	user	-	-	openapi	reportUser
GET	/_matrix/client/v1/rooms/{roomId}/timestamp_to_event	-	client	user	-	-	openapi	getEventByTimestamp
GET	/_matrix/client/v3/rooms/{roomId}/initialSync	r0	sync	user	user	-	openapi	roomInitialSync
PUT	/_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}	r0	client -> event-persister	user	room	-	openapi	sendMessage
PUT	/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}	r0	client -> event-persister	user	room	-	openapi	setRoomStateWithKey
GET	/_matrix/client/v1/room_summary/{roomIdOrAlias}	-	client	optional	-	-	openapi	getRoomSummary
POST	/_matrix/client/v3/rooms/{roomId}/upgrade	r0	client -> event-persister	user	-	-	openapi	upgradeRoom
GET	/_matrix/client/v3/rooms/{roomId}/event/{eventId}	r0	client	user	-	-	openapi	getOneRoomEvent
GET	/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}	r0	client	user	room	-	openapi	getRoomStateWithKey
GET	/_matrix/client/v3/rooms/{roomId}/state	r0	client	user	-	-	openapi	getRoomState
GET	/_matrix/client/v3/rooms/{roomId}/members	r0	client	user	-	-	openapi	getMembersByRoom
GET	/_matrix/client/v3/rooms/{roomId}/joined_members	r0	client	user	-	-	openapi	getJoinedMembersByRoom
POST	/_matrix/client/v3/search	r0	client	user	-	-	openapi	search
GET	/_matrix/client/v1/rooms/{roomId}/hierarchy	-	client	user	-	-	openapi	getSpaceHierarchy
GET	/_matrix/client/v3/login/sso/redirect	r0	login	none	-	-	openapi	redirectToSSO
GET	/_matrix/client/v3/login/sso/redirect/{idpId}	r0	login	none	-	-	openapi	redirectToIdP
GET	/.well-known/matrix/support	-	client	none	-	-	openapi	getWellknownSupport
GET	/_matrix/client/v3/sync	r0	sync	user	user	-	openapi	sync
GET	/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags	r0	client	user	-	-	openapi	getRoomTags
PUT	/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags/{tag}	r0	client -> account-data	user	-	-	openapi	setRoomTag
DELETE	/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags/{tag}	r0	client -> account-data	user	-	-	openapi	deleteRoomTag
GET	/_matrix/client/v3/thirdparty/protocols	r0	client	user	-	-	openapi	getProtocols
GET	/_matrix/client/v3/thirdparty/protocol/{protocol}	r0	client	user	-	-	openapi	getProtocolMetadata
GET	/_matrix/client/v3/thirdparty/location/{protocol}	r0	client	user	-	-	openapi	queryLocationByProtocol
GET	/_matrix/client/v3/thirdparty/user/{protocol}	r0	client	user	-	-	openapi	queryUserByProtocol
GET	/_matrix/client/v3/thirdparty/location	r0	client	user	-	-	openapi	queryLocationByAlias
GET	/_matrix/client/v3/thirdparty/user	r0	client	user	-	-	openapi	queryUserByID
GET	/_matrix/client/v1/rooms/{roomId}/threads	-	client	user	-	-	openapi	getThreadRoots
PUT	/_matrix/client/v3/sendToDevice/{eventType}/{txnId}	r0	client -> to-device	user	-	-	openapi	sendToDevice
PUT	/_matrix/client/v3/rooms/{roomId}/typing/{userId}	r0	client -> typing	user	-	-	openapi	setTyping
POST	/_matrix/client/v3/user_directory/search	r0	client	user	-	-	openapi	searchUserDirectory
GET	/_matrix/client/versions	-	client	optional	-	-	openapi	getVersions
GET	/_matrix/client/v3/voip/turnServer	r0	client	user	-	-	openapi	getTurnServer
GET	/.well-known/matrix/client	-	client	none	-	-	openapi	getWellknown
GET	/_matrix/client/v3/account/whoami	r0	client	user	-	-	openapi	getTokenOwner
GET	/_matrix/client/v3/auth/{authType}/fallback/web	r0	login	none	-	-	prose	uiaFallbackPage
POST	/_matrix/client/v3/auth/{authType}/fallback/web	r0	login	none	-	-	prose	uiaFallbackSubmit
GET	/_matrix/static/client/login/	-	login	none	-	-	prose	loginFallbackPage
GET	/_matrix/client/v3/rooms/{roomId}/state/{eventType}	r0	client	user	room	-	prose	getRoomStateEmptyKey
PUT	/_matrix/client/v3/rooms/{roomId}/state/{eventType}	r0	client -> event-persister	user	room	-	prose	setRoomStateEmptyKey
POST	/_matrix/client/v3/keys/upload/{deviceId}	r0	keys -> to-device	user	-	deprecated	legacy	uploadKeysForDevice
POST	/_matrix/client/v3/rooms/{roomId}/send/{eventType}	r0	client -> event-persister	user	room	deprecated	legacy	sendMessageNoTxn
POST	/_matrix/client/v3/rooms/{roomId}/redact/{eventId}	r0	client -> event-persister	user	room	deprecated	legacy	redactEventNoTxn
GET	/_matrix/client/v3/password_policy	r0	login	none	-	-	legacy	getPasswordPolicy
`;
