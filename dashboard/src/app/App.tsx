import { QueryClientProvider } from '@tanstack/react-query';
import { BrowserRouter } from 'react-router-dom';

import { Gate } from './Gate';
import { queries } from './start';

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <BrowserRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
        <Gate />
      </BrowserRouter>
    </QueryClientProvider>
  );
}
