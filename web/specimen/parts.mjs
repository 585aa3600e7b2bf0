// The components of the specimen, in the markup that web/README.md documents.

export const icon = (name) => `<svg class="icon" aria-hidden="true"><use href="/assets/icons.svg#${name}"/></svg>`;
export const shape = (name) => `<svg class="shape" aria-hidden="true"><use href="/assets/icons.svg#${name}"/></svg>`;
export const chip = (urgency, words) =>
  `<span class="chip" data-urgency="${urgency}">${shape(urgency)}<span class="chip-words">${words}</span></span>`;

const skip = `<a class="skip-link" href="#main">跳到主要内容</a>`;
const brand = `<a class="app-bar-brand" href="queue.html" aria-label="呼应 工作台">${icon("mark")}<span>呼应</span></a>`;
const english = `<a href="?lang=en" lang="en" hreflang="en">English</a>`;

const tabs = [["dispatch", "待派遣", 12], ["receive", "待签收", 5], ["handle", "处置中", 38], ["inspect", "待核查", 4], ["callback", "待回访", 7]];
const tab = (current) => ([queue, name, n]) =>
  `<a href="queue.html"${current === queue ? ' aria-current="page"' : ""}>${name} <b class="count" data-count-of="${queue}" data-count="${n}">${n}</b></a>`;

const link = (current, page, words) => `<li><a href="${page}.html"${current === page ? ' aria-current="page"' : ""}>${words}</a></li>`;
const links = (current) => `<ul class="plain">${link(current, "map", "地图")}${link(current, "hand-over", "交接班")}${link(current, "smaller", "小组件")}</ul>`;

export const bar = (current) => `${skip}
<header class="app-bar">
  ${brand}
  <details class="menu app-bar-menu" data-menu><summary>菜单</summary><nav class="menu-panel" aria-label="菜单"><p>队列</p><ul class="plain">${tabs.map((one) => `<li>${tab(current)(one)}</li>`).join("")}</ul><p>概况</p>${links(current)}</nav></details>
  <span class="app-bar-unit">丙街道基层治理中心</span>
  <nav class="app-bar-nav" aria-label="队列">
    ${tabs.map(tab(current)).join("\n    ")}
    <details class="menu" data-menu name="bar"><summary${current === "map" || current === "hand-over" ? " data-current" : ""}>概况</summary><div class="menu-panel">${links(current)}</div></details>
  </nav>
  <div class="app-bar-end">
    <span class="demo-mark">演示数据</span>
    <span class="member wide-only">派遣员 2 号</span>
    <a href="sign-in.html">换人</a>
    ${english}
    <button class="needs-js wide-only" type="button" data-opens="keys" aria-label="快捷键"><kbd>?</kbd></button>
  </div>
</header>`;

export const plainBar = `${skip}
<header class="app-bar">${brand}<div class="app-bar-end"><span class="demo-mark">演示数据</span>${english}</div></header>`;

export const page = ({ title, body, kind = "console", script = "console.js" }) => `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · 呼应</title>
<link rel="icon" href="/assets/icons.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/desk.css">
<script type="module" src="/assets/${script}"></script>
</head>
<body class="${kind}">
${body}
</body>
</html>
`;

export const keys = `<dialog class="keys" aria-labelledby="keys-name">
  <h2 id="keys-name">快捷键</h2>
  <dl>
    <dt><kbd>J</kbd> <kbd>K</kbd></dt><dd>下一件，上一件</dd>
    <dt><kbd>Enter</kbd></dt><dd>按建议办理所选案件</dd>
    <dt><kbd>/</kbd></dt><dd>查找</dd>
    <dt><kbd>?</kbd></dt><dd>打开这张表</dd>
  </dl>
  <form method="dialog" class="stack">
    <label class="choice"><input type="checkbox" name="keys-off"> <span>关闭快捷键</span></label>
    <button class="button">关上</button>
  </form>
</dialog>`;

export const row = ([urgency, words, title, text, place, source, unit], index, current) =>
  `<li class="case-row" data-case="${index + 1}"><a class="case-row-link" href="desk.html"${current ? ' aria-current="true"' : ""}>
  <span class="case-row-due">${chip(urgency, words)}</span>
  <span class="case-row-main"><b class="case-row-title">${title}</b> <span class="case-row-text">${text}</span></span>
  <span class="case-row-where"><span class="case-row-place">${place}</span> <span class="case-row-source">${source}</span></span>
  <span class="case-row-unit">${unit}</span>
</a></li>`;

export const queue = (rows, fresh) => `<section class="desk-queue" aria-labelledby="queue-name">
  <div class="queue-head">
    <h2 class="visually-hidden" id="queue-name">待派遣 12 件</h2>
    <form class="filter-bar" method="get" action="queue.html" role="search" aria-label="筛选">
      <input type="search" name="q" aria-label="查找案件" placeholder="案号、文字、地点">
      <select name="area" aria-label="区域"><option>全部网格</option><option>第 6 网格</option></select>
      <select name="source" aria-label="来源"><option>全部来源</option><option>居民</option></select>
      <button class="button">筛选</button>
      <a class="button button-primary" href="report.html">${icon("add")}报案</a>
    </form>
    <a class="new-cases" href="queue.html"${fresh ? "" : " hidden"}><span data-words="{n} 件新案件">${fresh ? `${fresh} 件新案件` : ""}</span> · 载入</a>
  </div>
  <ol class="queue-list" data-queue="dispatch" data-gone-words="已由他人处理">
${rows}
  </ol>
  <p class="queue-foot"><span class="live" data-state="on" data-on="实时" data-cut="实时连接中断，正在重连">实时</span><span>先到期的在前</span><span>60 分钟内到期<b>5</b></span><span>今日派出<b>84</b></span></p>
</section>`;

export const moment = ([time, actor, kind, what, who]) =>
  `<li data-actor="${actor}" data-kind="${kind}"><time datetime="2026-11-23T${time}+08:00">${time}</time><span class="timeline-dot"></span><div><p>${what}</p>${who ? `<small>${who}</small>` : ""}</div></li>`;

export const command = (name, label, inside, act) =>
  `<details class="command"><summary class="button">${label}</summary><form method="post" action="desk.html"><div class="field">${inside}</div><button class="button button-primary">${act}</button></form></details>`;

const scale = [1, 2, 3, 4, 5, 6].map((q, i) => `<path class="cell" data-q="${q}" d="M${i * 10} 0h10v8h-10z"/>`).join("");
export const legend = `<figcaption class="map-legend">
  <span class="scale">在办件 少<svg viewBox="0 0 60 8" preserveAspectRatio="none" aria-hidden="true">${scale}</svg>多</span>
  <span data-urgency="overdue">${shape("overdue")}超期</span>
  <span data-urgency="soon">${shape("soon")}临期</span>
  <span data-urgency="fine">${shape("fine")}正常</span>
</figcaption>`;
