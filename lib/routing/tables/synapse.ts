/** Paths outside the specification that a drop-in server needs: SSO pages, mail links, account service, health. Columns: see endpoint-table.ts. */
export const SYNAPSE_ROWS = `
GET	/_synapse/client/pick_idp	-	login	none	-	-	ext	ssoPickIdp
GET	/_synapse/client/pick_username/check	-	login	none	-	-	ext	ssoPickUsernameCheck
GET	/_synapse/client/pick_username/account_details	-	login	none	-	-	ext	ssoAccountDetails
POST	/_synapse/client/pick_username/account_details	-	login	none	-	-	ext	ssoAccountDetailsSubmit
GET	/_synapse/client/new_user_consent	-	login	none	-	-	ext	ssoConsent
POST	/_synapse/client/new_user_consent	-	login	none	-	-	ext	ssoConsentSubmit
GET	/_synapse/client/sso_register	-	login	none	-	-	ext	ssoRegister
GET	/_synapse/client/oidc/callback	-	login	none	-	-	ext	oidcCallback
POST	/_synapse/client/oidc/callback	-	login	none	-	-	ext	oidcCallbackPost
POST	/_synapse/client/oidc/backchannel_logout	-	login	none	-	-	ext	oidcBackchannelLogout
POST	/_synapse/client/saml2/authn_response	-	login	none	-	-	ext	samlResponse
GET	/_synapse/client/saml2/metadata.xml	-	login	none	-	-	ext	samlMetadata
GET	/_matrix/client/v3/login/cas/redirect	r0	login	none	-	-	ext	casRedirect
GET	/_matrix/client/v3/login/cas/ticket	r0	login	none	-	-	ext	casTicket
GET	/_synapse/client/password_reset/email/submit_token	-	login	none	-	-	ext	passwordResetPage
POST	/_synapse/client/password_reset/email/submit_token	-	login	none	-	-	ext	passwordResetSubmit
GET	/_matrix/client/unstable/registration/{medium}/submit_token	-	login	none	-	-	ext	registerSubmitToken
GET	/_matrix/client/unstable/add_threepid/email/submit_token	-	client	none	-	-	ext	add3pidEmailSubmit
POST	/_matrix/client/unstable/add_threepid/msisdn/submit_token	-	client	none	-	-	ext	add3pidMsisdnSubmit
GET	/_synapse/client/unsubscribe	-	client -> pusher	none	-	-	ext	unsubscribeEmailPusher
POST	/_synapse/client/unsubscribe	-	client -> pusher	none	-	-	ext	unsubscribeEmailPusherPost
GET	/_synapse/client/v1/config/federation_whitelist	-	client	none	-	-	ext	federationWhitelist
GET	/_matrix/consent	-	client	none	-	-	ext	consentPage
POST	/_matrix/consent	-	client	none	-	-	ext	consentSubmit
GET	/_matrix/client/v3/account_validity/renew	-	client	none	-	-	ext	renewAccount
GET	/_synapse/mas/query_user	-	client	secret	-	-	ext	masQueryUser
POST	/_synapse/mas/provision_user	-	client -> event-persister	secret	-	-	ext	masProvisionUser
GET	/_synapse/mas/is_localpart_available	-	client	secret	-	-	ext	masLocalpart
POST	/_synapse/mas/upsert_device	-	client -> to-device	secret	-	-	ext	masUpsertDevice
POST	/_synapse/mas/delete_device	-	client -> to-device	secret	-	-	ext	masDeleteDevice
POST	/_synapse/mas/update_device_display_name	-	client -> to-device	secret	-	-	ext	masRenameDevice
POST	/_synapse/mas/sync_devices	-	client -> to-device	secret	-	-	ext	masSyncDevices
POST	/_synapse/mas/delete_user	-	client -> event-persister	secret	-	-	ext	masDeleteUser
POST	/_synapse/mas/reactivate_user	-	client	secret	-	-	ext	masReactivate
POST	/_synapse/mas/set_displayname	-	client -> event-persister	secret	-	-	ext	masSetName
POST	/_synapse/mas/unset_displayname	-	client -> event-persister	secret	-	-	ext	masUnsetName
POST	/_synapse/mas/allow_cross_signing_reset	-	client	secret	-	-	ext	masAllowReset
GET	/health	-	client	none	-	-	ext	health
`;
