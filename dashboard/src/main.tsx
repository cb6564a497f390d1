import './app/start'; // first: the service answers while the rest is read
import '@patternfly/react-core/dist/styles/base.css';
import './app/app.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app/App';
import { reloadWhatIsLost } from './app/lost';
import { applyTheme, savedTheme } from './app/theme';

applyTheme(savedTheme());
reloadWhatIsLost();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
