/** The server administration API below /_synapse/admin. Columns: see endpoint-table.ts. */
export const ADMIN_ROWS = `
GET	/_synapse/admin/v1/server_version	-	client	admin	-	-	admin	getV1ServerVersion
POST	/_synapse/admin/v1/purge_history/{roomId}	-	client -> background	admin	-	-	admin	postV1PurgeHistoryRoomId
POST	/_synapse/admin/v1/purge_history/{roomId}/{eventId}	-	client -> background	admin	-	-	admin	postV1PurgeHistoryRoomIdEventId
GET	/_synapse/admin/v1/purge_history_status/{purgeId}	-	client	admin	-	-	admin	getV1PurgeHistoryStatusPurgeId
GET	/_synapse/admin/v1/background_updates/enabled	-	client	admin	-	-	admin	getV1BackgroundUpdatesEnabled
POST	/_synapse/admin/v1/background_updates/enabled	-	client -> background	admin	-	-	admin	postV1BackgroundUpdatesEnabled
GET	/_synapse/admin/v1/background_updates/status	-	client	admin	-	-	admin	getV1BackgroundUpdatesStatus
POST	/_synapse/admin/v1/background_updates/start_job	-	client -> background	admin	-	-	admin	postV1BackgroundUpdatesStartJob
GET	/_synapse/admin/v2/users/{userId}/devices	-	client	admin	-	-	admin	getV2UsersUserIdDevices
POST	/_synapse/admin/v2/users/{userId}/devices	-	client -> to-device	admin	-	-	admin	postV2UsersUserIdDevices
GET	/_synapse/admin/v2/users/{userId}/devices/{deviceId}	-	client	admin	-	-	admin	getV2UsersUserIdDevicesDeviceId
PUT	/_synapse/admin/v2/users/{userId}/devices/{deviceId}	-	client -> to-device	admin	-	-	admin	putV2UsersUserIdDevicesDeviceId
DELETE	/_synapse/admin/v2/users/{userId}/devices/{deviceId}	-	client -> to-device	admin	-	-	admin	deleteV2UsersUserIdDevicesDeviceId
POST	/_synapse/admin/v2/users/{userId}/delete_devices	-	client -> to-device	admin	-	-	admin	postV2UsersUserIdDeleteDevices
GET	/_synapse/admin/v1/event_reports	-	client	admin	-	-	admin	getV1EventReports
GET	/_synapse/admin/v1/event_reports/{reportId}	-	client	admin	-	-	admin	getV1EventReportsReportId
DELETE	/_synapse/admin/v1/event_reports/{reportId}	-	client	admin	-	-	admin	deleteV1EventReportsReportId
GET	/_synapse/admin/v1/user_reports	-	client	admin	-	-	admin	getV1UserReports
GET	/_synapse/admin/v1/user_reports/{reportId}	-	client	admin	-	-	admin	getV1UserReportsReportId
DELETE	/_synapse/admin/v1/user_reports/{reportId}	-	client	admin	-	-	admin	deleteV1UserReportsReportId
GET	/_synapse/admin/v1/fetch_event/{eventId}	-	client	admin	-	-	admin	getV1FetchEventEventId
GET	/_synapse/admin/v1/experimental_features/{userId}	-	client	admin	-	-	admin	getV1ExperimentalFeaturesUserId
PUT	/_synapse/admin/v1/experimental_features/{userId}	-	client	admin	-	-	admin	putV1ExperimentalFeaturesUserId
GET	/_synapse/admin/v1/federation/destinations	-	client	admin	-	-	admin	getV1FederationDestinations
GET	/_synapse/admin/v1/federation/destinations/{destination}	-	client	admin	-	-	admin	getV1FederationDestinationsDestination
GET	/_synapse/admin/v1/federation/destinations/{destination}/rooms	-	client	admin	-	-	admin	getV1FederationDestinationsDestinationRooms
POST	/_synapse/admin/v1/federation/destinations/{destination}/reset_connection	-	client -> federation-sender	admin	-	-	admin	postV1FederationDestinationsDestinationResetConnection
GET	/_synapse/admin/v1/media/{serverName}/{mediaId}	-	media	admin	-	-	admin	getV1MediaServerNameMediaId
DELETE	/_synapse/admin/v1/media/{serverName}/{mediaId}	-	media	admin	-	-	admin	deleteV1MediaServerNameMediaId
POST	/_synapse/admin/v1/room/{roomId}/media/quarantine	-	media	admin	-	-	admin	postV1RoomRoomIdMediaQuarantine
POST	/_synapse/admin/v1/quarantine_media/{roomId}	-	media	admin	-	deprecated	admin	postV1QuarantineMediaRoomId
POST	/_synapse/admin/v1/user/{userId}/media/quarantine	-	media	admin	-	-	admin	postV1UserUserIdMediaQuarantine
POST	/_synapse/admin/v1/media/quarantine/{serverName}/{mediaId}	-	media	admin	-	-	admin	postV1MediaQuarantineServerNameMediaId
POST	/_synapse/admin/v1/media/unquarantine/{serverName}/{mediaId}	-	media	admin	-	-	admin	postV1MediaUnquarantineServerNameMediaId
GET	/_synapse/admin/v1/media/quarantine_changes	-	media	admin	-	-	admin	getV1MediaQuarantineChanges
POST	/_synapse/admin/v1/media/protect/{mediaId}	-	media	admin	-	-	admin	postV1MediaProtectMediaId
POST	/_synapse/admin/v1/media/unprotect/{mediaId}	-	media	admin	-	-	admin	postV1MediaUnprotectMediaId
GET	/_synapse/admin/v1/room/{roomId}/media	-	media	admin	-	-	admin	getV1RoomRoomIdMedia
POST	/_synapse/admin/v1/purge_media_cache	-	media	admin	-	-	admin	postV1PurgeMediaCache
POST	/_synapse/admin/v1/media/delete	-	media	admin	-	-	admin	postV1MediaDelete
POST	/_synapse/admin/v1/media/{serverName}/delete	-	media	admin	-	deprecated	admin	postV1MediaServerNameDelete
GET	/_synapse/admin/v1/users/{userId}/media	-	media	admin	-	-	admin	getV1UsersUserIdMedia
DELETE	/_synapse/admin/v1/users/{userId}/media	-	media	admin	-	-	admin	deleteV1UsersUserIdMedia
GET	/_synapse/admin/v1/registration_tokens	-	client	admin	-	-	admin	getV1RegistrationTokens
POST	/_synapse/admin/v1/registration_tokens/new	-	client	admin	-	-	admin	postV1RegistrationTokensNew
GET	/_synapse/admin/v1/registration_tokens/{token}	-	client	admin	-	-	admin	getV1RegistrationTokensToken
PUT	/_synapse/admin/v1/registration_tokens/{token}	-	client	admin	-	-	admin	putV1RegistrationTokensToken
DELETE	/_synapse/admin/v1/registration_tokens/{token}	-	client	admin	-	-	admin	deleteV1RegistrationTokensToken
GET	/_synapse/admin/v1/rooms	-	client	admin	-	-	admin	getV1Rooms
GET	/_synapse/admin/v1/rooms/{roomId}	-	client	admin	-	-	admin	getV1RoomsRoomId
DELETE	/_synapse/admin/v1/rooms/{roomId}	-	client -> background	admin	-	-	admin	deleteV1RoomsRoomId
DELETE	/_synapse/admin/v2/rooms/{roomId}	-	client -> background	admin	-	-	admin	deleteV2RoomsRoomId
GET	/_synapse/admin/v2/rooms/{roomId}/delete_status	-	client	admin	-	-	admin	getV2RoomsRoomIdDeleteStatus
GET	/_synapse/admin/v2/rooms/delete_status/{deleteId}	-	client	admin	-	-	admin	getV2RoomsDeleteStatusDeleteId
GET	/_synapse/admin/v1/rooms/{roomId}/members	-	client	admin	-	-	admin	getV1RoomsRoomIdMembers
GET	/_synapse/admin/v1/rooms/{roomId}/state	-	client	admin	-	-	admin	getV1RoomsRoomIdState
GET	/_synapse/admin/v1/rooms/{roomId}/messages	-	client	admin	-	-	admin	getV1RoomsRoomIdMessages
GET	/_synapse/admin/v1/rooms/{roomId}/timestamp_to_event	-	client	admin	-	-	admin	getV1RoomsRoomIdTimestampToEvent
GET	/_synapse/admin/v1/rooms/{roomId}/context/{eventId}	-	client	admin	-	-	admin	getV1RoomsRoomIdContextEventId
GET	/_synapse/admin/v1/rooms/{roomId}/hierarchy	-	client	admin	-	-	admin	getV1RoomsRoomIdHierarchy
GET	/_synapse/admin/v1/rooms/{roomId}/block	-	client	admin	-	-	admin	getV1RoomsRoomIdBlock
PUT	/_synapse/admin/v1/rooms/{roomId}/block	-	client	admin	-	-	admin	putV1RoomsRoomIdBlock
POST	/_synapse/admin/v1/rooms/{roomIdOrAlias}/make_room_admin	-	client -> event-persister	admin	-	-	admin	postV1RoomsRoomIdOrAliasMakeRoomAdmin
GET	/_synapse/admin/v1/rooms/{roomIdOrAlias}/forward_extremities	-	client	admin	-	-	admin	getV1RoomsRoomIdOrAliasForwardExtremities
DELETE	/_synapse/admin/v1/rooms/{roomIdOrAlias}/forward_extremities	-	client -> event-persister	admin	-	-	admin	deleteV1RoomsRoomIdOrAliasForwardExtremities
POST	/_synapse/admin/v1/join/{roomIdOrAlias}	-	client -> event-persister	admin	-	-	admin	postV1JoinRoomIdOrAlias
GET	/_synapse/admin/v1/scheduled_tasks	-	client	admin	-	-	admin	getV1ScheduledTasks
POST	/_synapse/admin/v1/send_server_notice	-	client -> event-persister	admin	-	-	admin	postV1SendServerNotice
PUT	/_synapse/admin/v1/send_server_notice/{txnId}	-	client -> event-persister	admin	-	-	admin	putV1SendServerNoticeTxnId
GET	/_synapse/admin/v1/statistics/users/media	-	client	admin	-	-	admin	getV1StatisticsUsersMedia
GET	/_synapse/admin/v1/statistics/database/rooms	-	client	admin	-	-	admin	getV1StatisticsDatabaseRooms
GET	/_synapse/admin/v1/username_available	-	client	admin	-	-	admin	getV1UsernameAvailable
GET	/_synapse/admin/v2/users	-	client	admin	-	-	admin	getV2Users
GET	/_synapse/admin/v3/users	-	client	admin	-	-	admin	getV3Users
GET	/_synapse/admin/v2/users/{userId}	-	client	admin	-	-	admin	getV2UsersUserId
PUT	/_synapse/admin/v2/users/{userId}	-	client -> event-persister	admin	-	-	admin	putV2UsersUserId
GET	/_synapse/admin/v1/register	-	login	none	-	-	admin	getV1Register
POST	/_synapse/admin/v1/register	-	login	none	-	-	admin	postV1Register
GET	/_synapse/admin/v1/whois/{userId}	-	client	admin	-	-	admin	getV1WhoisUserId
POST	/_synapse/admin/v1/deactivate/{userId}	-	login -> event-persister	admin	-	-	admin	postV1DeactivateUserId
PUT	/_synapse/admin/v1/suspend/{userId}	-	client	admin	-	-	admin	putV1SuspendUserId
POST	/_synapse/admin/v1/account_validity/validity	-	client	admin	-	-	admin	postV1AccountValidityValidity
POST	/_synapse/admin/v1/reset_password/{userId}	-	login	admin	-	-	admin	postV1ResetPasswordUserId
GET	/_synapse/admin/v1/search_users/{userId}	-	client	admin	-	-	admin	getV1SearchUsersUserId
GET	/_synapse/admin/v1/users/{userId}/admin	-	client	admin	-	-	admin	getV1UsersUserIdAdmin
PUT	/_synapse/admin/v1/users/{userId}/admin	-	client	admin	-	-	admin	putV1UsersUserIdAdmin
GET	/_synapse/admin/v1/users/{userId}/joined_rooms	-	client	admin	-	-	admin	getV1UsersUserIdJoinedRooms
GET	/_synapse/admin/v1/users/{userId}/memberships	-	client	admin	-	-	admin	getV1UsersUserIdMemberships
GET	/_synapse/admin/v1/users/{userId}/pushers	-	client	admin	-	-	admin	getV1UsersUserIdPushers
POST	/_synapse/admin/v1/users/{userId}/login	-	login	admin	-	-	admin	postV1UsersUserIdLogin
POST	/_synapse/admin/v1/users/{userId}/shadow_ban	-	client	admin	-	-	admin	postV1UsersUserIdShadowBan
DELETE	/_synapse/admin/v1/users/{userId}/shadow_ban	-	client	admin	-	-	admin	deleteV1UsersUserIdShadowBan
GET	/_synapse/admin/v1/users/{userId}/override_ratelimit	-	client	admin	-	-	admin	getV1UsersUserIdOverrideRatelimit
POST	/_synapse/admin/v1/users/{userId}/override_ratelimit	-	client	admin	-	-	admin	postV1UsersUserIdOverrideRatelimit
DELETE	/_synapse/admin/v1/users/{userId}/override_ratelimit	-	client	admin	-	-	admin	deleteV1UsersUserIdOverrideRatelimit
GET	/_synapse/admin/v1/users/{userId}/accountdata	-	client	admin	-	-	admin	getV1UsersUserIdAccountdata
POST	/_synapse/admin/v1/users/{userId}/_allow_cross_signing_replacement_without_uia	-	client	admin	-	-	admin	postV1UsersUserIdAllowCrossSigningReplacementWithoutUia
GET	/_synapse/admin/v1/auth_providers/{provider}/users/{externalId}	-	client	admin	-	-	admin	getV1AuthProvidersProviderUsersExternalId
GET	/_synapse/admin/v1/threepid/{medium}/users/{address}	-	client	admin	-	-	admin	getV1ThreepidMediumUsersAddress
POST	/_synapse/admin/v1/user/{userId}/redact	-	client -> background	admin	-	-	admin	postV1UserUserIdRedact
GET	/_synapse/admin/v1/user/redact_status/{redactId}	-	client	admin	-	-	admin	getV1UserRedactStatusRedactId
GET	/_synapse/admin/v1/users/{userId}/sent_invite_count	-	client	admin	-	-	admin	getV1UsersUserIdSentInviteCount
GET	/_synapse/admin/v1/users/{userId}/cumulative_joined_room_count	-	client	admin	-	-	admin	getV1UsersUserIdCumulativeJoinedRoomCount
`;
