import { createContext, useContext } from 'react';

/** UserContext is whose page it is; '' outside of any. */
export const UserContext = createContext('');

/** useUser is whose page it is, also while their token has ended. */
export function useUser(): string {
  return useContext(UserContext);
}
