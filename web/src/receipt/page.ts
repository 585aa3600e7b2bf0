// The page that checks a receipt without the platform: two fields, one answer. Everything stays in the browser.
import { check, Flaw } from "./check.ts";

const byId = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const moment = (ms: number) => new Date(ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

byId<HTMLInputElement>("file").addEventListener("change", async (event) => {
  const file = (event.target as HTMLInputElement).files?.[0];
  if (file) byId<HTMLTextAreaElement>("receipt").value = await file.text();
});

byId<HTMLFormElement>("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = byId("answer");
  answer.className = "";
  answer.textContent = "…";
  try {
    const proved = await check(byId<HTMLTextAreaElement>("receipt").value, byId<HTMLInputElement>("key").value);
    answer.className = "good";
    answer.textContent = [
      `属实：${proved.number} 在账中，内容与时间未被改动。 It holds: ${proved.number} stands in the log, unchanged.`,
      `收到 Received ${moment(proved.receivedAt)} · 记录 Recorded ${moment(proved.recordedAt)}`,
      `账 Log ${proved.log} · 第 ${proved.leaf + 1} 条，共 ${proved.size} 条 Entry ${proved.leaf + 1} of ${proved.size} · 账页签于 Head signed ${moment(proved.headAt)}`,
    ].join("\n");
  } catch (why) {
    answer.className = "bad";
    const words = why instanceof Flaw ? why.message : "this browser cannot check it: use huying audit --receipt";
    answer.textContent = `不成立 It does not hold: ${words}`;
  }
});
