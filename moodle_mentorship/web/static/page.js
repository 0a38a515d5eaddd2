// Tells Moodle how high this page is (the plugin sets the frame's height), hands htmx the CSRF token, weighs files, takes
// a double click for one.
"use strict";

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;
const frameOrigin = meta("frame-origin");

if (frameOrigin && window.parent !== window) {
  let sent = 0;
  const report = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height !== sent) {
      sent = height;
      window.parent.postMessage({ type: "mentorship.resize", height }, frameOrigin);
    }
  };
  new ResizeObserver(report).observe(document.body);
  report();
  // Moodle's own script, which listens, may start after us.
  for (const delay of [500, 1500, 4000]) {
    setTimeout(() => {
      sent = 0;
      report();
    }, delay);
  }
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = meta("csrf-token") ?? "";
});

// Far beyond its limit the server cuts a request off and shows no page of ours, so the browser says it first.
document.addEventListener("change", ({ target }) => {
  if (target.files && target.dataset.largest) {
    const tooLarge = target.files[0]?.size > Number(target.dataset.largest);
    target.setCustomValidity(tooLarge ? target.dataset.tooLarge : "");
    target.reportValidity();
  }
});

// The second click of a double click sends nothing. A form that stays, because a file came in answer, may be sent again.
const underWay = new WeakSet();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (underWay.has(form)) event.preventDefault();
  underWay.add(form);
  setTimeout(() => underWay.delete(form), 2000);
});
