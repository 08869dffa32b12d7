import type { Endpoint } from '../../http/endpoint.ts';
import deleteProfileField from './delete-profile-field.ts';
import getProfile from './get-profile.ts';
import getProfileField from './get-profile-field.ts';
import setProfileField from './set-profile-field.ts';

/** Profiles. */
export const endpoints: Endpoint[] = [getProfile, getProfileField, setProfileField, deleteProfileField];
