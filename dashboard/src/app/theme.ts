import { keep, kept } from './keep';

export type Theme = 'system' | 'light' | 'dark';

const key = 'training-jobs-theme';
const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** savedTheme is what was chosen in this browser. */
export function savedTheme(): Theme {
  return themes.find((t) => t === kept(key)) ?? 'system';
}

const dark = window.matchMedia('(prefers-color-scheme: dark)');
const contrast = window.matchMedia('(prefers-contrast: more)');
let current: Theme = 'system';
for (const wish of [dark, contrast]) wish.addEventListener('change', () => paint());

function paint() {
  const isDark = current === 'dark' || (current === 'system' && dark.matches);
  document.documentElement.classList.toggle('pf-v6-theme-dark', isDark);
  document.documentElement.classList.toggle('pf-v6-theme-high-contrast', contrast.matches);
}

export function applyTheme(theme: Theme) {
  current = theme;
  keep(key, theme);
  paint();
}
