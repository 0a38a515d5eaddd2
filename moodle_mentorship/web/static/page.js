// Tells Moodle how high this page is (the plugin sets the frame's height), and hands htmx the CSRF token.
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
