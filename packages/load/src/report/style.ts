/** The page's own style sheet: both themes, for screens of any width and for paper. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#5d6b7c;--faint:#8a97a6;--rule:#e3e7ec;--edge:#dde2e8;
--good:#12805c;--good-soft:#e2f4ec;--bad:#c62f3a;--bad-soft:#fdeaea;--warn:#9a6200;--warn-soft:#fff3da;
--offered:#6f7f91;--served:#1f9d6f;--errors:#d64550;--failed:#7a2130;--concurrency:#2f6fde;--environments:#7b8fa6;--cold:#2aa7c9;--throttle:#e8842c;--age:#8c62d6;
--p50:#2f6fde;--p90:#12a594;--p99:#d98212;--p99-9:#cf3a57;--a:#2f6fde;--b:#e07a1f;
--f0:#2f6fde;--f1:#e8842c;--f2:#1f9d6f;--f3:#b04bc2;--f4:#d64550;--f5:#8a7a1c;--f6:#3f8fa8;--f7:#7c6ce0;--limit:#c62f3a}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){DARK}}
:root[data-theme=dark]{DARK}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1440px;margin:0 auto;padding:28px 28px 48px}
header{display:flex;gap:16px;align-items:flex-start;justify-content:space-between}
h1{font-size:26px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:19px;margin:36px 0 2px;letter-spacing:-.01em;overflow-wrap:anywhere}
h3{font-size:14.5px;margin:0;font-weight:650}
p{margin:0}.soft{color:var(--soft)}
.badge{display:inline-block;font-size:12px;font-weight:650;padding:1px 9px;border-radius:99px;background:var(--rule);color:var(--soft);vertical-align:3px;margin-left:8px}
button{font:inherit;font-size:13px;color:var(--soft);background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:5px 11px;cursor:pointer;white-space:nowrap}
button:hover{color:var(--ink)}
.facts{display:flex;flex-wrap:wrap;gap:2px 20px;margin-top:8px;font-size:13.5px;color:var(--soft)}
.facts b{font-weight:600;color:var(--ink)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(134px,1fr));gap:12px;margin:20px 0 4px}
.tile{background:var(--card);border:1px solid var(--edge);border-radius:12px;padding:12px 15px 11px}
.tile span{display:block;font-size:12.5px;color:var(--soft)}
.tile strong{display:block;font-size:23px;line-height:1.25;font-weight:650;letter-spacing:-.015em;white-space:nowrap}
.tile small{display:block;font-size:12.5px;color:var(--soft)}
.tile.good strong{color:var(--good)}.tile.bad strong{color:var(--bad)}.tile.warn strong{color:var(--warn)}
.notes{margin:16px 0 0;padding:11px 16px 11px 34px;border-radius:10px;background:var(--warn-soft);color:var(--ink);font-size:14px}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(520px,100%),1fr));gap:14px;margin-top:12px}
figure{margin:0;background:var(--card);border:1px solid var(--edge);border-radius:12px;padding:13px 14px 8px;min-width:0;position:relative}
figcaption{display:flex;flex-direction:column;gap:1px;padding:0 2px 6px}
figcaption p{font-size:12.5px;color:var(--soft)}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:12.5px;color:var(--soft);padding-top:3px}
.legend span{display:inline-flex;align-items:center;gap:6px;min-width:0;overflow-wrap:anywhere}
.legend i{flex:none;width:14px;height:3px;border-radius:2px;background:var(--c)}
.legend i.stack,.legend i.area{height:10px;width:10px;border-radius:3px;opacity:.85}
.legend i.dashed{background:repeating-linear-gradient(90deg,var(--c) 0 4px,transparent 4px 6px)}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font-size:11px;fill:var(--soft)}
svg .grid{stroke:var(--rule);stroke-width:1}svg .axis,svg .tick{stroke:var(--faint);stroke-width:1}
svg path{fill:none;stroke-linejoin:round;stroke-linecap:round}
svg path.line{stroke:var(--c);stroke-width:1.8}svg path.thin{stroke:var(--c);stroke-width:1.1}
svg path.dashed{stroke:var(--c);stroke-width:1.6;stroke-dasharray:5 3}
svg path.area{fill:color-mix(in srgb,var(--c) 26%,transparent)}
svg path.stack{fill:color-mix(in srgb,var(--c) 78%,transparent)}
svg .limit{stroke:var(--limit);stroke-width:1.3;stroke-dasharray:2 3}
svg .limit-name{fill:var(--limit);font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
svg .cursor{stroke:var(--faint);stroke-width:1}
.tip{position:absolute;pointer-events:none;z-index:3;background:var(--card);border:1px solid var(--edge);border-radius:9px;box-shadow:0 6px 22px rgb(0 0 0/.16);padding:7px 11px;font-size:12.5px;min-width:130px;max-width:320px;visibility:hidden}
.tip b{display:block;font-weight:650;margin-bottom:2px}
.tip div{display:flex;gap:14px;justify-content:space-between}
.tip div span:first-child{color:var(--soft);overflow-wrap:anywhere}.tip div span:last-child{white-space:nowrap}
.scroll{overflow-x:auto;margin-top:12px;background:var(--card);border:1px solid var(--edge);border-radius:12px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th,td{padding:7px 13px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:0}
th{font-weight:600;color:var(--soft);font-size:12.5px}
th:first-child,td:first-child{text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:130px;max-width:340px}
tbody th{color:var(--ink);font-size:13.5px}
td.better{color:var(--good)}td.worse{color:var(--bad)}
footer{margin-top:34px;font-size:12.5px;color:var(--soft)}
@media (max-width:600px){main{padding:18px 14px 36px}h1{font-size:21px}svg text{font-size:16px}.tile strong{font-size:20px}}
@media print{body{background:#fff}button{display:none}figure,.tile{break-inside:avoid}}
`.replaceAll(
  "DARK",
  "--paper:#10151b;--card:#182029;--ink:#e8edf2;--soft:#9dabba;--faint:#66768a;--rule:#26313d;--edge:#2a3643;--good:#4cc79a;--good-soft:#12332a;--bad:#ff7a80;--bad-soft:#3a1b20;--warn:#f0b557;--warn-soft:#33290f;--offered:#93a3b5;--served:#3dbd8b;--errors:#ef6570;--failed:#b56a76;--concurrency:#6aa1ff;--environments:#8fa3ba;--cold:#4cc3e0;--throttle:#f39b4c;--age:#b08af0;--p50:#6aa1ff;--p90:#35c4b2;--p99:#f0aa45;--p99-9:#f2667f;--a:#6aa1ff;--b:#f39b4c;--f0:#6aa1ff;--f1:#f39b4c;--f2:#3dbd8b;--f3:#d07be0;--f4:#ef6570;--f5:#c2b24c;--f6:#62b6d0;--f7:#a497ff;--limit:#ff7a80",
);
