/* 登记表断网：不提交，留在本页；恢复后同一个键再交一次。号码只在页面里，不进浏览器存储。 */
(() => {
  "use strict";
  const form = document.querySelector("form[data-offline]");
  if (!form) return;
  const say = form.querySelector("[data-offline-say]"), at = form.elements.device_at;
  const show = () => { say.hidden = false; say.scrollIntoView({ block: "center" }); };
  // 先于整站的提交处理：断网时不让按钮进入「已提交」。
  addEventListener("submit", (event) => {
    if (event.target !== form) return;
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    at.value ||= new Date().toISOString();
    show();
  }, true);
  addEventListener("offline", () => { at.value ||= new Date().toISOString(); show(); });
  addEventListener("online", () => { say.querySelector(".notice__title").textContent = "网络已恢复，请点「保存登记」"; });
})();
