// Asks the browser for a passkey and puts its answer into the form that is then sent; the pages work without it.
// A form with data-passkey holds the options: "create" makes a passkey, "get" signs in with one.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

// Source: W3C Web Authentication, level 3, 5.1.8 to 5.1.10; by hand, for browsers that do not have them yet.
function read(options) {
  const listed = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));
  const read = { ...options, challenge: bytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = listed(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = listed(options.allowCredentials);
  return read;
}

function write(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  const id = text(credential.rawId);
  return JSON.stringify({ id, rawId: id, type: credential.type, response, clientExtensionResults: {} });
}

async function ask(event) {
  const form = event.currentTarget;
  if (form.elements.answer.value) return;
  event.preventDefault();
  const said = form.querySelector("[role=status]");
  said.textContent = "";
  try {
    const publicKey = read(JSON.parse(form.dataset.options));
    form.elements.answer.value = write(await navigator.credentials[form.dataset.passkey]({ publicKey }));
  } catch {
    said.textContent = said.dataset.failed;
    return;
  }
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.addEventListener("submit", ask);
  form.closest("section").hidden = false;
}
