// Tells the Moodle that opened this page that the registration is done: it closes the frame and reads its tools anew.
"use strict";

document.querySelector("[data-close]")?.addEventListener("click", (event) => {
  const opener = window.opener ?? (window.parent === window ? null : window.parent);
  opener?.postMessage({ subject: "org.imsglobal.lti.close" }, event.currentTarget.dataset.close);
});
