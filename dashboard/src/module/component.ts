import type * as HostReact from 'react';
import type * as HostRouter from 'react-router-dom';

import { mount, type Host, type Mounted } from './mount';

/** component is one of the host's React, for a route of the host's router; what is in it is ours. */
export function component(React: Pick<typeof HostReact, 'createElement' | 'useEffect' | 'useRef'>, router: Pick<typeof HostRouter, 'useLocation' | 'useNavigate'>, place: Pick<Host, 'base' | 'api'>) {
  const { createElement, useEffect, useRef } = React;
  const { useLocation, useNavigate } = router;
  return function TrainingJobs() {
    const where = useRef<HTMLDivElement>(null);
    const mounted = useRef<Mounted>(undefined);
    const at = useLocation();
    const navigate = useNavigate();
    const now = useRef({ at, navigate });
    useEffect(() => {
      now.current = { at, navigate };
      mounted.current?.moved(at);
    }, [at, navigate]);
    useEffect(() => {
      if (!where.current) return undefined;
      const go = (to: unknown, how?: unknown) => void (now.current.navigate as (to: unknown, how?: unknown) => unknown)(to, how);
      const one = mount(where.current, { ...place, at: now.current.at, navigate: go });
      mounted.current = one;
      return () => {
        mounted.current = undefined;
        one.unmount();
      };
    }, []);
    return createElement('div', { ref: where });
  };
}
