/** Proposals in use by clients and bridges before they reach the specification. Columns: see endpoint-table.ts. */
export const UNSTABLE_ROWS = `
POST	/_matrix/client/unstable/org.matrix.simplified_msc3575/sync	-	sync	user	user	-	unstable	slidingSync
GET	/_matrix/client/unstable/org.matrix.msc2965/auth_metadata	-	login	none	-	-	unstable	getAuthMetadataUnstable
GET	/_matrix/client/unstable/org.matrix.msc2965/auth_issuer	-	login	none	-	-	unstable	getAuthIssuer
GET	/_matrix/client/unstable/uk.tcpip.msc4133/profile/{userId}/{keyName}	-	client	none	-	-	unstable	getProfileFieldUnstable
PUT	/_matrix/client/unstable/uk.tcpip.msc4133/profile/{userId}/{keyName}	-	client -> event-persister	user	-	-	unstable	setProfileFieldUnstable
DELETE	/_matrix/client/unstable/uk.tcpip.msc4133/profile/{userId}/{keyName}	-	client -> event-persister	user	-	-	unstable	deleteProfileFieldUnstable
GET	/_matrix/client/unstable/org.matrix.msc4143/rtc/transports	-	client	user	-	-	unstable	getRtcTransports
GET	/_matrix/client/unstable/org.matrix.msc4140/delayed_events	-	client	user	-	-	unstable	getDelayedEvents
GET	/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayId}	-	client	user	-	-	unstable	getDelayedEvent
POST	/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayId}	-	client -> background	optional	-	-	unstable	updateDelayedEvent
POST	/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayId}/cancel	-	client -> background	optional	-	-	unstable	cancelDelayedEvent
POST	/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayId}/restart	-	client -> background	optional	-	-	unstable	restartDelayedEvent
POST	/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayId}/send	-	client -> background	optional	-	-	unstable	sendDelayedEvent
GET	/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device	-	keys	user	-	-	unstable	getDehydratedDevice
PUT	/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device	-	keys -> to-device	user	-	-	unstable	setDehydratedDevice
DELETE	/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device	-	keys -> to-device	user	-	-	unstable	deleteDehydratedDevice
GET	/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device/{deviceId}/events	-	keys	user	-	-	unstable	getDehydratedDeviceEvents
POST	/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device/{deviceId}/events	-	keys	user	-	-	unstable	postDehydratedDeviceEvents
POST	/_matrix/client/unstable/org.matrix.msc4108/rendezvous	-	login	none	-	-	unstable	createRendezvous2024
GET	/_matrix/client/unstable/org.matrix.msc4108/rendezvous/{sessionId}	-	login	none	-	-	unstable	getRendezvous2024
PUT	/_matrix/client/unstable/org.matrix.msc4108/rendezvous/{sessionId}	-	login	none	-	-	unstable	updateRendezvous2024
DELETE	/_matrix/client/unstable/org.matrix.msc4108/rendezvous/{sessionId}	-	login	none	-	-	unstable	deleteRendezvous2024
GET	/_matrix/client/unstable/io.element.msc4388/rendezvous	-	login	none	-	-	unstable	discoverRendezvous
POST	/_matrix/client/unstable/io.element.msc4388/rendezvous	-	login	none	-	-	unstable	createRendezvous
GET	/_matrix/client/unstable/io.element.msc4388/rendezvous/{sessionId}	-	login	none	-	-	unstable	getRendezvous
PUT	/_matrix/client/unstable/io.element.msc4388/rendezvous/{sessionId}	-	login	none	-	-	unstable	updateRendezvous
DELETE	/_matrix/client/unstable/io.element.msc4388/rendezvous/{sessionId}	-	login	none	-	-	unstable	deleteRendezvous
GET	/_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms	-	client	user	-	-	unstable	getMutualRoomsUnstable
GET	/_matrix/client/unstable/im.nheko.summary/summary/{roomIdOrAlias}	-	client	optional	-	-	unstable	getRoomSummaryUnstable
GET	/_matrix/client/unstable/im.nheko.summary/rooms/{roomIdOrAlias}/summary	-	client	optional	-	-	unstable	getRoomSummaryOldest
POST	/_matrix/client/unstable/org.matrix.msc3882/login/token	-	login	user	-	-	unstable	generateLoginTokenUnstable
`;
