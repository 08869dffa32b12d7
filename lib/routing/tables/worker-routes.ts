/**
 * The worker table of the page that describes the system, entry by entry and in its order.
 *
 * Columns (tab-separated): id, kind (regex or prefix), methods, unit (`front -> writer`), stream that the writer owns,
 * load-balancing hint (see balance.ts), worker app without `synapse.app.`, section of the page, id of the entry that
 * this one repeats, and the pattern verbatim.
 */
export const WORKER_ROUTE_ROWS = `
1	regex	ANY	sync	-	user	generic_worker	Sync requests	-	^/_matrix/client/(r0|v3)/sync$
2	regex	ANY	sync	-	any	generic_worker	Sync requests	-	^/_matrix/client/(api/v1|r0|v3)/events$
3	regex	ANY	sync	-	user	generic_worker	Sync requests	-	^/_matrix/client/(api/v1|r0|v3)/initialSync$
4	regex	ANY	sync	-	user	generic_worker	Sync requests	-	^/_matrix/client/(api/v1|r0|v3)/rooms/[^/]+/initialSync$
5	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/event/
6	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/state/
7	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/state_ids/
8	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/backfill/
9	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/get_missing_events/
10	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/publicRooms
11	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/query/
12	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/make_join/
13	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/make_leave/
14	regex	ANY	federation -> event-persister	events	any	generic_worker	Federation requests	-	^/_matrix/federation/(v1|v2)/send_join/
15	regex	ANY	federation -> event-persister	events	any	generic_worker	Federation requests	-	^/_matrix/federation/(v1|v2)/send_leave/
16	regex	ANY	federation -> event-persister	events	any	generic_worker	Federation requests	-	^/_matrix/federation/(v1|v2)/invite/
17	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/event_auth/
18	regex	ANY	federation -> event-persister	events	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/exchange_third_party_invite/
19	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/user/devices/
20	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/key/v2/query
21	regex	ANY	federation	-	any	generic_worker	Federation requests	-	^/_matrix/federation/v1/hierarchy/
22	regex	ANY	federation -> event-persister	events	source	generic_worker	Inbound federation transaction request	-	^/_matrix/federation/v1/send/
23	regex	ANY	client -> event-persister	events	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/createRoom$
24	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/publicRooms$
25	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/joined_members$
26	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/context/.*$
27	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/members$
28	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/state$
29	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/v1/rooms/.*/hierarchy$
30	regex	ANY	client -> event-persister	events	any	generic_worker	Client API requests	-	^/_matrix/client/unstable/org.matrix.msc2716/rooms/.*/batch_send$
31	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/unstable/im.nheko.summary/rooms/.*/summary$
32	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(r0|v3|unstable)/account/3pid$
33	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(r0|v3|unstable)/account/whoami$
34	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(r0|v3|unstable)/devices$
35	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/versions$
36	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/voip/turnServer$
37	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/event/
38	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/joined_rooms$
39	regex	ANY	client	-	any	generic_worker	Client API requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/search$
40	regex	ANY	keys	-	any	generic_worker	Encryption requests	-	^/_matrix/client/(r0|v3|unstable)/keys/query$
41	regex	ANY	keys	-	any	generic_worker	Encryption requests	-	^/_matrix/client/(r0|v3|unstable)/keys/changes$
42	regex	ANY	keys	-	any	generic_worker	Encryption requests	-	^/_matrix/client/(r0|v3|unstable)/keys/claim$
43	regex	ANY	keys	-	any	generic_worker	Encryption requests	-	^/_matrix/client/(r0|v3|unstable)/room_keys/
44	regex	ANY	login	-	any	generic_worker	Registration/login requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/login$
45	regex	ANY	login	-	any	generic_worker	Registration/login requests	-	^/_matrix/client/(r0|v3|unstable)/register$
46	regex	ANY	login	-	any	generic_worker	Registration/login requests	-	^/_matrix/client/v1/register/m.login.registration_token/validity$
47	regex	ANY	client -> event-persister	events	room	generic_worker	Event sending requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/redact
48	regex	ANY	client -> event-persister	events	room	generic_worker	Event sending requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/send
49	regex	ANY	client -> event-persister	events	room	generic_worker	Event sending requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/state/
50	regex	ANY	client -> event-persister	events	room	generic_worker	Event sending requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/(join|invite|leave|ban|unban|kick)$
51	regex	ANY	client -> event-persister	events	uri	generic_worker	Event sending requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/join/
52	regex	ANY	client -> event-persister	events	uri	generic_worker	Event sending requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/profile/
53	regex	ANY	client -> account-data	account_data	writer	generic_worker	Account data requests	-	^/_matrix/client/(r0|v3|unstable)/.*/tags
54	regex	ANY	client -> account-data	account_data	writer	generic_worker	Account data requests	-	^/_matrix/client/(r0|v3|unstable)/.*/account_data
55	regex	ANY	client -> receipts	receipts	writer	generic_worker	Receipts requests	-	^/_matrix/client/(r0|v3|unstable)/rooms/.*/receipt
56	regex	ANY	client -> receipts	receipts	writer	generic_worker	Receipts requests	-	^/_matrix/client/(r0|v3|unstable)/rooms/.*/read_markers
57	regex	ANY	client -> presence	presence	writer	generic_worker	Presence requests	-	^/_matrix/client/(api/v1|r0|v3|unstable)/presence/
58	regex	ANY	client	-	any	generic_worker	User directory search requests	-	^/_matrix/client/(r0|v3|unstable)/user_directory/search$
59	regex	GET	client	-	any	generic_worker	GET only	-	^/_matrix/client/(api/v1|r0|v3|unstable)/pushrules/
60	regex	ANY	client	-	room!	generic_worker	Pagination	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/messages$
61	regex	ANY	login	-	one	generic_worker	SSO: all providers	-	^/_matrix/client/(api/v1|r0|v3|unstable)/login/sso/redirect
62	regex	ANY	login	-	one	generic_worker	SSO: all providers	-	^/_synapse/client/pick_idp$
63	regex	ANY	login	-	one	generic_worker	SSO: all providers	-	^/_synapse/client/pick_username
64	regex	ANY	login	-	one	generic_worker	SSO: all providers	-	^/_synapse/client/new_user_consent$
65	regex	ANY	login	-	one	generic_worker	SSO: all providers	-	^/_synapse/client/sso_register$
66	regex	ANY	login	-	one	generic_worker	SSO: OpenID Connect	-	^/_synapse/client/oidc/callback$
67	regex	ANY	login	-	one	generic_worker	SSO: SAML	-	^/_synapse/client/saml2/authn_response$
68	regex	ANY	login	-	one	generic_worker	SSO: CAS	-	^/_matrix/client/(api/v1|r0|v3|unstable)/login/cas/ticket$
69	regex	ANY	client -> typing	typing	writer	generic_worker	Stream writers: the typing stream	-	^/_matrix/client/(api/v1|r0|v3|unstable)/rooms/.*/typing
70	regex	ANY	client -> to-device	to_device	writer	generic_worker	Stream writers: the to_device stream	-	^/_matrix/client/(r0|v3|unstable)/sendToDevice/
71	regex	ANY	client -> account-data	account_data	writer	generic_worker	Stream writers: the account_data stream	53	^/_matrix/client/(r0|v3|unstable)/.*/tags
72	regex	ANY	client -> account-data	account_data	writer	generic_worker	Stream writers: the account_data stream	54	^/_matrix/client/(r0|v3|unstable)/.*/account_data
73	regex	ANY	client -> receipts	receipts	writer	generic_worker	Stream writers: the receipts stream	55	^/_matrix/client/(r0|v3|unstable)/rooms/.*/receipt
74	regex	ANY	client -> receipts	receipts	writer	generic_worker	Stream writers: the receipts stream	56	^/_matrix/client/(r0|v3|unstable)/rooms/.*/read_markers
75	regex	ANY	client -> presence	presence	writer	generic_worker	Stream writers: the presence stream	57	^/_matrix/client/(api/v1|r0|v3|unstable)/presence/
76	regex	ANY	client	-	any	generic_worker	Updating the User Directory	58	^/_matrix/client/(r0|v3|unstable)/user_directory/search$
77	prefix	ANY	media	-	host	media_repository	Media repository: prefix	-	/_matrix/media/
78	regex	ANY	media	-	host	media_repository	Media repository: admin API	-	^/_synapse/admin/v1/purge_media_cache$
79	regex	ANY	media	-	host	media_repository	Media repository: admin API	-	^/_synapse/admin/v1/room/.*/media.*$
80	regex	ANY	media	-	host	media_repository	Media repository: admin API	-	^/_synapse/admin/v1/user/.*/media.*$
81	regex	ANY	media	-	host	media_repository	Media repository: admin API	-	^/_synapse/admin/v1/media/.*$
82	regex	ANY	media	-	host	media_repository	Media repository: admin API	-	^/_synapse/admin/v1/quarantine_media/.*$
83	regex	ANY	media	-	host	media_repository	Media repository: admin API	-	^/_synapse/admin/v1/users/.*/media$
84	regex	ANY	client	-	any	user_dir	user_dir	58	^/_matrix/client/(r0|v3|unstable)/user_directory/search$
85	regex	ANY	keys -> to-device	-	any	frontend_proxy	frontend_proxy	-	^/_matrix/client/(r0|v3|unstable)/keys/upload
86	regex	ANY	client -> presence	presence	any	frontend_proxy	frontend_proxy	-	^/_matrix/client/(api/v1|r0|v3|unstable)/presence/[^/]+/status
`;
