/** Endpoints of the OAuth 2.0 API; the paths are ours, clients read them from the metadata. Columns: see endpoint-table.ts. */
export const OAUTH_ROWS = `
GET	/oauth2/authorize	-	login	none	-	-	oauth	oauthAuthorize
POST	/oauth2/token	-	login	none	-	-	oauth	oauthToken
POST	/oauth2/registration	-	login	none	-	-	oauth	oauthRegister
POST	/oauth2/revoke	-	login	none	-	-	oauth	oauthRevoke
POST	/oauth2/device	-	login	none	-	-	oauth	oauthDevice
GET	/oauth2/device/verify	-	login	none	-	-	oauth	oauthDeviceVerify
GET	/oauth2/account	-	login	none	-	-	oauth	oauthAccount
`;
