// Passkeys: a form with data-passkey ("make" or "use") asks the browser for one.
//
// data-begin gives the options of it, data-end takes what the browser made and says where to go.
"use strict";

(() => {
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // What this browser does not read by itself yet, read here.
  const toMake = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials || []).map((each) => ({ ...each, id: bytes(each.id) })),
  });
  const toUse = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: (options.allowCredentials || []).map((each) => ({ ...each, id: bytes(each.id) })),
  });
  const asJson = (made) => {
    const response = { clientDataJSON: text(made.response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    return { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} };
  };

  async function sent(address, content) {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(content),
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(words(body));
    return body;
  }

  function words(body) {
    const mistakes = (body.mistakes || []).map((each) => `${each.found}: ${each.cure}.`);
    return body.error || mistakes.join(" ") || "The server did not answer as it should. Try again.";
  }

  async function run(form) {
    const make = form.dataset.passkey === "make";
    const options = await sent(form.dataset.begin, {});
    const made = make
      ? await navigator.credentials.create({ publicKey: toMake(options) })
      : await navigator.credentials.get({ publicKey: toUse(options) });
    const fields = Object.fromEntries(new FormData(form));
    const end = await sent(form.dataset.end, { ...fields, credential: asJson(made) });
    window.location.assign(end.to);
  }

  function failed(form, error) {
    const stopped = error.name === "NotAllowedError" || error.name === "AbortError";
    const known = error.name === "InvalidStateError";
    const line = form.querySelector("[role=alert]");
    line.hidden = false;
    if (known) line.textContent = "This device has a passkey for your account already. Use it to sign in.";
    else if (stopped) line.textContent = "No passkey was used. Try again when you are ready.";
    else line.textContent = error.message;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.passkey) return;
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    run(form)
      .catch((error) => failed(form, error))
      .finally(() => { button.disabled = false; });
  });

  if (!window.PublicKeyCredential) {
    for (const form of document.querySelectorAll("form[data-passkey]")) {
      failed(form, new Error("This browser knows no passkeys. Use a newer one."));
      form.querySelector("button").disabled = true;
    }
  }
})();
