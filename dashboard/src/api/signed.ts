/** What tabs tell one another when somebody signs in or out: the cookie is that of all of them, and of the worker they share. */
export type SignedTold = 'in' | 'out';

/** signedChannel is where they do; undefined where tabs can't. */
export const signedChannel = () => (typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('training-jobs-session'));
