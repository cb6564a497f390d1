/** inMain is where a menu is put: into the page's main part, where those who go from landmark to landmark find it. */
export const inMain = (): HTMLElement => document.querySelector('main') ?? document.body;
