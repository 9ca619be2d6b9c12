/** The exported page's style, in the light and dark colours of the reader's system. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #8886; --accent: #1a73c7; --positive: #c2410c; --negative: #1a73c7; --soft: #8882; }
@media (prefers-color-scheme: dark) { :root { --accent: #5aaef5; --positive: #f59e5a; --negative: #5aaef5; } }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 72rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
main { display: grid; grid-template-columns: 1fr; gap: 0 2.5rem; }
@media (min-width: 46rem) { main { grid-template-columns: 1fr 1fr; } }
.wide { grid-column: 1 / -1; min-width: 0; }
.inputs { max-height: 28rem; overflow: auto; padding: 2px; }
.field { display: grid; grid-template-columns: minmax(6rem, 1fr) 2fr 6.5rem; gap: .75rem; align-items: center; margin: .3rem 0; }
.field label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.field input, .field select { width: 100%; font: inherit; min-width: 0; accent-color: var(--accent); }
.field select { grid-column: 2 / -1; }
canvas.pad { width: min(18rem, 100%); aspect-ratio: var(--ratio); image-rendering: pixelated; border: 1px solid var(--line); touch-action: none; cursor: crosshair; background: #000; display: block; }
button { font: inherit; margin-top: .6rem; padding: .25rem .8rem; }
.score { display: grid; grid-template-columns: minmax(7rem, 1fr) 2fr 4rem; gap: .75rem; align-items: center; margin: .25rem 0; }
.score span { overflow-wrap: anywhere; }
.score .value { text-align: right; font-variant-numeric: tabular-nums; }
.bar { background: var(--soft); border-radius: 3px; height: .9rem; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--accent); }
.chosen { font-weight: 600; }
.answer { font-size: 1.6rem; font-weight: 600; overflow-wrap: anywhere; }
.legend { margin: 0 0 .5rem; opacity: .7; font-size: .85rem; }
.net { overflow-x: auto; }
.net svg { display: block; }
.net text { font: 12px system-ui, sans-serif; fill: currentColor; }
.net circle { stroke: currentColor; stroke-opacity: .45; }
.net rect { stroke: currentColor; stroke-opacity: .15; stroke-width: .5; }
pre { overflow: auto; background: var(--soft); padding: 1rem; border-radius: 4px; font-size: 13px; }
footer { opacity: .7; margin-top: 1.5rem; font-size: .85rem; }
`;
