// The pages of the specimen. Places are 甲, 乙, 丙 and people are named by role: nothing in them is of a real city.
import { bar, chip, command, icon, keys, legend, moment, page, plainBar, queue, row } from "./parts.mjs";

const cases = [
  ["overdue", "超期 12 分", "暴露生活垃圾", "单元门口垃圾堆放两天，异味重，住户多次反映", "丙街道 · 第 6 网格", "居民", "综合执法岗"],
  ["overdue", "超期 4 分", "机动车乱停放", "小区门口双排停车，消防通道被堵", "丙街道 · 第 2 网格", "网格员", "交巡警岗（派驻）"],
  ["soon", "剩 9 分", "路面塌陷", "人行道塌陷约 60 cm，已摆警示锥", "乙街道 · 第 11 网格", "12345", "市政岗"],
  ["soon", "剩 16 分", "商业噪音", "夜间音响外放，已三次反映", "丁街道 · 第 3 网格", "居民", "综合执法岗"],
  ["soon", "剩 31 分", "污水井盖", "井盖弹跳作响", "己街道 · 第 8 网格", "巡查", "排水岗"],
  ["fine", "剩 1 时 20 分", "楼道飞线充电", "三楼飞线充电，线路老化", "甲街道 · 第 1 网格", "网格员", "消防岗（派驻）"],
  ["fine", "剩 2 时 5 分", "占道经营", "早市摊位占用盲道", "丙街道 · 第 3 网格", "视频", "市场监管岗（派驻）"],
  ["fine", "剩 2 时 40 分", "加装电梯纠纷", "低层住户不同意施工，双方争执", "甲街道 · 第 2 网格", "110", "矛盾调解中心"],
  ["fine", "剩 3 时", "行道树倒伏", "大风后树枝压到车棚", "戊街道 · 第 4 网格", "居民", "园林岗"],
  ["paused", "挂起至周三", "违章搭建", "等待规划部门认定", "丁街道 · 第 6 网格", "督办", "综合执法岗"],
  ["fine", "剩 4 时", "化粪池满溢", "污水外溢到绿地", "乙街道 · 第 4 网格", "网格员", "物业企业"],
  ["fine", "剩 5 时", "路灯不亮", "连续五盏不亮", "己街道 · 第 1 网格", "12345", "路灯所"],
];
const rows = (chosen) => cases.map((one, index) => row(one, index, index === chosen)).join("\n");

const journal = [
  ["08:21", "person", "note", "居民上报，附照片 2 张", "来源：小程序"],
  ["08:21", "system", "note", "定位到丙街道南苑社区第 6 网格"],
  ["08:24", "person", "note", "立案：积存超过 24 小时", "受理员 1 号"],
  ["08:33", "system", "alarm", "派遣时限 10 分钟已过，已提醒值班领导"],
];

const acts = `<div class="case-acts">
  <p class="notice case-changed" data-kind="stale" role="status" hidden>此案刚有变化。<a href="desk.html">看最新</a></p>
  <section class="card card-suggest" aria-labelledby="suggest-name">
    <h2 id="suggest-name">建议派遣</h2>
    <div><p class="suggest-unit">丙街道综合执法岗</p><p class="quiet">协办：南苑物业企业</p></div>
    <details class="because" open><summary>因为规则 R-0142</summary><p>市容环境类，街道级，工作时间。</p><p class="quiet">未用 R-0031（仅夜间）、R-0009（仅河道）。</p></details>
    <p class="quiet">签收 5 分 · 到场 30 分 · 处置 2 小时</p>
    <form method="post" action="desk.html" data-primary><button class="button button-primary button-wide">派遣并看下一件 <kbd class="needs-js">Enter</kbd></button></form>
    <div class="button-row">
      ${command("reassign", "改派", '<label for="lead">主办单位</label><select id="lead" name="lead"><option>市政岗</option></select>', "派遣")}
      ${command("verify", "核实", '<label for="ask">请网格员核实什么</label><textarea id="ask" name="words"></textarea>', "发出核实")}
      ${command("merge", "并案", '<label for="parent">并入案号</label><input class="input" id="parent" name="parent">', "并案")}
      ${command("raise", "提级", '<label for="why">理由</label><textarea id="why" name="reason"></textarea>', "提级到区")}
    </div>
  </section>
  <section class="similar" aria-labelledby="similar-name"><h2 id="similar-name">疑似同一件</h2><p><a href="desk.html" class="code">HY-20261123-0405</a> <span class="quiet">40 米外，1 小时前，同一事项</span></p></section>
  <a class="button" href="work-order.html">${icon("print")}打印派工单</a>
</div>`;

const shownCase = `<section class="desk-case" aria-labelledby="case-name">
  <figure class="cell-map">
<!-- include cells.svg -->
    ${legend}
  </figure>
  <article class="case" data-case-shown="1">
    <header class="case-head">
      <a class="desk-back" href="queue.html">${icon("back")}待派遣 12 件</a>
      <p class="case-marks">${chip("overdue", "超期 12 分")} <span class="tag tag-strong">待派遣</span> <span class="code">HY-20261123-0417</span> <span>居民 · <time datetime="2026-11-23T08:21+08:00">今天 08:21</time> 上报</span></p>
      <h1 id="case-name">单元门口垃圾堆放两天，异味重</h1>
      <p class="case-place">丙街道 南苑社区 第 6 网格 · 暴露生活垃圾</p>
    </header>
    ${acts}
    <div class="case-body">
      <p class="case-words">3 栋 2 单元门口垃圾桶满了两天没人收，袋子堆到门边，味道很大，老人进出不方便。昨天已经跟物业说过。</p>
      <figure><div class="photos"><a href="photo-1.svg"><img src="photo-1.svg" alt="单元门旁堆放的垃圾袋" width="128" height="92"></a><a href="photo-2.svg"><img src="photo-2.svg" alt="路边的垃圾袋和纸箱" width="128" height="92"></a></div><figcaption class="quiet">居民拍摄，今天 08:19</figcaption></figure>
      <section class="part" aria-labelledby="clocks-name"><h2 id="clocks-name">时限</h2>
        <ul class="clocks"><li>${chip("overdue", "超期 12 分")}<span>派遣</span><span class="quiet">今天 08:33 前</span></li><li>${chip("fine", "剩 3 时 36 分")}<span>办结</span><span class="quiet">今天 12:21 前，对外公开</span></li></ul></section>
      <section class="part" aria-labelledby="journal-name"><h2 id="journal-name">流转记录</h2>
        <ol class="timeline">${journal.map(moment).join("\n")}</ol></section>
    </div>
  </article>
</section>`;

const desk = (view, left, right) => `${bar("dispatch")}
<main id="main" class="desk-split" data-view="${view}">
${left}
${right}
</main>
${keys}`;

const nothingChosen = `<section class="desk-case" aria-label="案件">
  <figure class="cell-map">
<!-- include cells.svg -->
    ${legend}
  </figure>
  <div class="empty"><h2>选一件案件</h2><p>点左边任意一行，或按 <kbd>J</kbd>。</p></div>
</section>`;

const allDone = `<section class="desk-queue" aria-labelledby="queue-name"><h2 class="visually-hidden" id="queue-name">待派遣 0 件</h2>
  <div class="empty">${icon("done")}<h2>今天没有待派遣案件</h2><p>上一件 09:12 派出。新案件到了会在这里提醒。</p><a class="button" href="report.html">报案</a></div></section>`;

const report = `${bar("")}
<main id="main" class="page stack">
  <h1>报案</h1>
  <p class="danger-note">${icon("warn")}<span>危险请拨 <a href="tel:110">110</a>、<a href="tel:119">119</a> 或 <a href="tel:120">120</a>，不要在这里等。</span></p>
  <div class="error-summary" role="alert" tabindex="-1" aria-labelledby="errors-name"><h2 id="errors-name">还差一处</h2><ul class="plain"><li><a href="#text">写一句发生了什么</a></li></ul></div>
  <form class="stack" method="post" enctype="multipart/form-data" action="report.html" novalidate>
    <div class="field"><span class="label" id="photo-name">照片 <span class="optional">（可不填，最多 6 张，每张 20 MB 以内）</span></span>
      <label class="photo-picker">${icon("photo")}<span>拍照或选照片</span><input type="file" name="photo" accept="image/jpeg,image/png" multiple aria-labelledby="photo-name"></label>
      <div class="photo-previews"></div></div>
    <div class="field" data-invalid><label for="text">发生了什么</label><span class="hint" id="text-hint">在哪里、什么情况、多久了。请不要写身份证号。</span><span class="error" id="text-error">写一句发生了什么</span><textarea id="text" name="text" aria-describedby="text-hint text-error" aria-invalid="true" rows="4"></textarea></div>
    <div class="field"><label for="place">在哪里</label><span class="hint" id="place-hint">小区、楼栋、路口都可以。</span><input class="input" id="place" name="place" autocomplete="off" aria-describedby="place-hint" value="南苑社区 3 栋 2 单元">
      <div class="row needs-js"><button type="button" class="button" data-does="locate">${icon("place")}用我的位置</button><span class="quiet" role="status" data-said="locate" data-asking="正在定位…" data-found="已取得位置，误差约 {n} 米" data-refused="没有取得位置，请写地点"></span></div>
      <input type="hidden" name="longitude"><input type="hidden" name="latitude"><input type="hidden" name="accuracy_m"></div>
    <div class="field"><label for="matter">事项 <span class="optional">（可不填，受理员会确认）</span></label><select id="matter" name="matter"><option value="">由受理员确定</option><option>暴露生活垃圾</option></select></div>
    <fieldset class="field"><legend>谁在反映</legend><div class="choices"><label class="choice"><input type="radio" name="source" value="resident" checked><span>居民<small>电话只有承办单位能看到</small></span></label><label class="choice"><input type="radio" name="source" value="grid-worker"><span>网格员</span></label></div></fieldset>
    <div class="row"><button class="button button-primary">上报</button><a class="button button-quiet" href="queue.html">不报了</a></div>
  </form>
</main>`;

const reported = `${plainBar}
<main id="main" class="page stack">
  <h1>已收到</h1>
  <p>案号 <strong class="code">HY-20261123-0417</strong>，查询码 <strong class="code">K7M-4PX-2</strong>。请记下或打印，凭它查进度，不用注册。</p>
  <ol class="status-line"><li data-state="done"><span class="step">${icon("done")}</span>已收到<small>08:21</small></li><li data-state="done"><span class="step">${icon("done")}</span>已派遣<small>综合执法岗</small></li><li data-state="now" aria-current="step"><span class="step">3</span>处理中<small>承诺今天 12:21 前</small></li><li data-state="todo"><span class="step">4</span>已办结</li></ol>
  <section class="card"><h2>接下来</h2><p>综合执法岗 30 分钟内到现场。办结后请您说一句解决了没有；没解决，案件会重新打开。</p></section>
  <div class="row"><a class="button button-primary" href="report.html">补充照片或说明</a><a class="button" href="report.html">还没解决</a></div>
</main>`;

const members = [["网格员", "丙街道 第 6 网格"], ["受理员 1 号", "丙街道基层治理中心"], ["派遣员 2 号", "丙街道基层治理中心"], ["综合执法岗 处置员", "丙街道"], ["核查员", "丙街道基层治理中心"], ["回访员", "丙街道基层治理中心"], ["值班领导", "丙街道"], ["区派遣员", "区基层治理中心"]];
const signIn = `${plainBar}
<main id="main" class="page stack">
  <h1>您是谁？</h1>
  <p class="quiet">这是演示：案件由程序生成，人员以角色为名。选一位进入工作台，随时可以换人。</p>
  <form method="post" action="queue.html"><ul class="members">
${members.map(([role, unit], i) => `<li><button class="member-button" name="member" value="m${i}"><b>${role}</b><span>${unit}</span></button></li>`).join("\n")}
  </ul></form>
</main>`;

const workOrder = `<a class="skip-link" href="#main">跳到主要内容</a>
<nav class="sheet-nav no-print" aria-label="打印"><a class="button" href="desk.html">${icon("back")}回到案件</a><span class="quiet">用浏览器打印，纸张 A4 或 A5</span></nav>
<main id="main" class="sheet">
  <h1>派工单</h1>
  <p class="sheet-head"><span>案号 <b class="code">HY-20261123-0417</b></span><span class="demo-mark">演示数据</span><span>打印于 2026-11-23 08:45</span></p>
  <table class="sheet-form"><tbody>
    <tr><th scope="row">主办单位</th><td>丙街道综合执法岗</td><th scope="row">协办单位</th><td>南苑物业企业</td></tr>
    <tr><th scope="row">事项</th><td>暴露生活垃圾</td><th scope="row">办结时限</th><td>2026-11-23 12:21</td></tr>
    <tr><th scope="row">地点</th><td colspan="3">丙街道 南苑社区 第 6 网格，3 栋 2 单元门口</td></tr>
    <tr><th scope="row">情况</th><td colspan="3">单元门口垃圾桶满了两天没人收，袋子堆到门边，味道很大，老人进出不方便。</td></tr>
    <tr><th scope="row">结案条件</th><td colspan="3">垃圾清运完毕，地面无污渍；处置后照片 1 张以上。</td></tr>
    <tr><th scope="row">处置结果</th><td colspan="3" class="write"></td></tr>
  </tbody></table>
  <div class="signatures"><p>派遣人</p><p>处置人</p><p>核查人</p></div>
</main>`;

const handOver = `${bar("hand-over")}
<main id="main" class="sheet">
  <h1>交接班记录</h1>
  <p class="sheet-head"><span>丙街道基层治理中心</span><span class="demo-mark">演示数据</span><span>2026-11-23 08:00 至 16:00</span></p>
  <dl class="stat-tiles"><div class="stat-tile"><dt>在办</dt><dd>66</dd></div><div class="stat-tile"><dt>超期</dt><dd>2</dd></div><div class="stat-tile"><dt>60 分钟内到期</dt><dd>5</dd></div><div class="stat-tile"><dt>本班办结</dt><dd>84</dd></div></dl>
  <h2 id="first">接班人先看</h2>
  <div class="table-scroll" tabindex="0" role="region" aria-labelledby="first"><table class="table"><thead><tr><th scope="col">时限</th><th scope="col">案号</th><th scope="col">事项</th><th scope="col">现在由谁办</th></tr></thead><tbody>
    <tr><td>${chip("overdue", "超期 12 分")}</td><td class="code">HY-20261123-0417</td><td>暴露生活垃圾</td><td>基层治理中心</td></tr>
    <tr><td>${chip("soon", "剩 9 分")}</td><td class="code">HY-20261123-0398</td><td>路面塌陷</td><td>市政岗</td></tr>
    <tr><td>${chip("paused", "挂起至周三")}</td><td class="code">HY-20261121-0077</td><td>违章搭建</td><td>综合执法岗</td></tr>
  </tbody></table></div>
  <div class="signatures"><p>交班人</p><p>接班人</p><p>带班领导</p></div>
</main>`;

const mapRow = (urgency, due, matter, place, number, current) =>
  `<li><a class="map-row" href="desk.html"${current ? ' aria-current="true"' : ""}>${chip(urgency, due)} <b>${matter}</b> <span class="quiet">${place} · ${number}</span></a></li>`;

const map = `${bar("map")}
<main id="main" class="page page-wide stack">
  <h1>各网格在办案件</h1>
  <div class="map-split">
    <figure class="cell-map cell-map-page">
      <div class="map-box">
<!-- include cells.svg -->
      </div>
      ${legend}
    </figure>
    <section class="map-list" aria-labelledby="map-list"><h2 id="map-list">最先到期的 3 件，共 66 件</h2><p class="quiet">按到期先后排列，数据截至 08:21</p>
      <p class="map-said" role="status"></p>
      <ol class="map-rows plain">
        ${mapRow("overdue", "超期 12 分", "暴露生活垃圾", "丙街道 · 第 6 网格", "HY-20261123-0417", true)}
        ${mapRow("soon", "剩 9 分", "路面塌陷", "丙街道 · 第 2 网格", "HY-20261123-0398")}
        ${mapRow("fine", "剩 31 时", "路灯不亮", "己街道 · 第 8 网格", "HY-20261123-0402")}
      </ol></section>
  </div>
  <h2>在办最多的网格</h2>
  <table class="table"><thead><tr><th scope="col">网格</th><th scope="col" class="number">在办</th><th scope="col" class="number">超期</th></tr></thead><tbody>
    <tr><td><a href="queue.html">丙街道 第 6 网格</a></td><td class="number">16</td><td class="number">1</td></tr>
    <tr><td><a href="queue.html">己街道 第 8 网格</a></td><td class="number">11</td><td class="number">0</td></tr>
  </tbody></table>
</main>`;

const smaller = `${bar("smaller")}
<main id="main" class="page page-wide stack gallery">
  <h1>小组件</h1>
  <nav class="tab-strip" aria-label="投递记录"><a href="smaller.html" aria-current="page">全部</a><a href="smaller.html">待发</a></nav>
  <p class="stamp" data-state="fresh">数据截至 <time datetime="2026-11-23T09:41+08:00">09:41</time></p>
  <div class="row"><p class="stamp" data-state="stale">${icon("warn")}数据中断 12 分钟，截至 <time datetime="2026-11-23T09:41+08:00">09:41</time></p></div>
  <p class="row"><svg class="spark" viewBox="0 0 120 32" role="img" aria-label="七日在办：由 31 升至 66"><polyline points="4,16.7 22.7,17.8 41.3,13.5 60,14.9 78.7,9.1 97.3,10.9 116,4"/><circle cx="116" cy="4" r="3"/></svg><span>七日在办：由 31 升至 66</span></p>
  <ol class="rank-list"><li><span>丙街道</span><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="8"/></svg><b>42</b></li><li><span>己街道</span><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="64" height="8"/></svg><b>27</b></li></ol>
  <ul class="outbox"><li data-state="kept"><b>井盖缺失 · 照片 2 张</b><span class="row">${icon("paused")}已存本机</span><span class="quiet">有网时自动发送</span></li><li data-state="needs-you"><b>路灯不亮</b><span class="row">${icon("warn")}需要您处理</span><span class="quiet">此案已由他人办结，请查看</span></li></ul>
  <p class="waiting" role="status">正在载入…</p>
  <div class="toast" role="status"><span>已派遣给综合执法岗</span><form method="post" action="smaller.html"><button>撤销</button></form></div>
</main>`;

const chosen = desk("case", queue(rows(0), 0), shownCase);
export const pages = {
  "desk.html": page({ title: "HY-20261123-0417 暴露生活垃圾", kind: "console desk", body: chosen }),
  "queue.html": page({ title: "待派遣 12 件", kind: "console desk", body: desk("queue", queue(rows(-1), 3), nothingChosen).replace('data-view="queue">', 'data-view="queue"><h1 class="visually-hidden">待派遣</h1>') }),
  "queue-empty.html": page({ title: "待派遣 0 件", kind: "console desk", body: desk("queue", allDone, nothingChosen).replace('data-view="queue">', 'data-view="queue"><h1 class="visually-hidden">待派遣</h1>') }),
  "report.html": page({ title: "出错：报案", script: "report.js", body: report }),
  "reported.html": page({ title: "已收到", script: "report.js", body: reported }),
  "sign-in.html": page({ title: "选择演示人员", body: signIn }),
  "work-order.html": page({ title: "派工单 HY-20261123-0417", body: workOrder }),
  "hand-over.html": page({ title: "交接班记录", body: handOver }),
  "map.html": page({ title: "各网格在办案件", body: map }),
  "smaller.html": page({ title: "小组件", body: smaller }),
};
