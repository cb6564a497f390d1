// Another dashboard that loads these pages as Open Data Hub's does (frontend/src/plugins/useAppExtensions.ts, AppRoutes.tsx):
// with its releases of React, router and federation.
/* global document */
import { init, loadRemote } from '@module-federation/runtime';
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import * as router from 'react-router-dom';

const { createElement: h, lazy, StrictMode, Suspense } = React;
const { BrowserRouter, NavLink, Route, Routes } = router;

const singleton = (version, module) => ({ version, lib: () => module, shareConfig: { singleton: true, requiredVersion: `^${version}` } });
init({
  name: 'host',
  remotes: [{ name: 'mpiJobs', entry: '/_mf/mpiJobs/remoteEntry.js' }],
  shared: { react: singleton('18.3.1', React), 'react-router-dom': singleton('7.18.2', router) },
});
const { default: extensions } = await loadRemote('mpiJobs/extensions');

const of = (type) => extensions.filter((e) => e.type === type).map((e) => e.properties);
const routes = of('app.route').map(({ path, component }) => h(Route, { key: path, path, element: h(Suspense, { fallback: 'on its way' }, h(lazy(component))) }));
const links = of('app.navigation/href').map(({ id, href, title }) => h('li', { key: id }, h(NavLink, { to: href }, title)));

createRoot(document.getElementById('root')).render(
  h(
    StrictMode,
    null,
    h(
      BrowserRouter,
      null,
      h('header', null, h('button', { className: 'pf-v6-c-button pf-m-primary' }, `React ${React.version}`)),
      h('nav', { 'aria-label': 'Host' }, h('ul', null, h('li', null, h(NavLink, { to: '/' }, 'Elsewhere')), links)),
      h('main', { className: 'log' }, h(Routes, null, h(Route, { path: '/', element: h('h1', null, 'The host’s own') }), routes)),
    ),
  ),
);
