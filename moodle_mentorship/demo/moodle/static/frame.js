// The iframe grows to the tool's page. Only the tool's own origin, and only our own frame, are listened to.
const frame = document.getElementById("contentframe");
const LOWEST = 398;
const HIGHEST = 6000;

window.addEventListener("message", (event) => {
  if (event.origin !== frame.dataset.toolOrigin || event.source !== frame.contentWindow) {
    return;
  }
  const height = event.data && event.data.type === "mentorship.resize" ? Number(event.data.height) : NaN;
  if (Number.isFinite(height)) {
    frame.height = String(Math.min(HIGHEST, Math.max(LOWEST, Math.ceil(height))));
  }
});
