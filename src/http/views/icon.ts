// The icon of a tab, at the address where every browser looks unasked; its 404 would be a console error.

// The ring of the consent page's rail; white behind it, so that it shows on a dark tab too.
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="#fff"/><circle cx="16" cy="16" r="10" fill="none" stroke="#0b5f5a" stroke-width="6"/></svg>
`
