/* Passkeys: the browser asks the device, the form carries its answer. */
"use strict";

(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (rows) => (rows || []).map((row) => ({ ...row, id: bytes(row.id) }));

  async function made(options) {
    const found = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      },
    });
    return answer(found, {
      attestationObject: text(found.response.attestationObject),
      transports: found.response.getTransports ? found.response.getTransports() : [],
    });
  }

  async function shown(options) {
    const found = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: known(options.allowCredentials),
      },
    });
    const handle = found.response.userHandle;
    return answer(found, {
      authenticatorData: text(found.response.authenticatorData),
      signature: text(found.response.signature),
      userHandle: handle ? text(handle) : null,
    });
  }

  function answer(found, response) {
    return {
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      clientExtensionResults: found.getClientExtensionResults(),
      response: { clientDataJSON: text(found.response.clientDataJSON), ...response },
    };
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey]");
    if (!button) return;
    const form = button.form;
    const name = form.elements.namedItem("name");
    if (name && !name.value.trim()) return name.focus();
    const told = document.getElementById("passkey-told");
    told.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      const options = JSON.parse(button.dataset.options).publicKey;
      const credential = await (button.dataset.passkey === "make" ? made : shown)(options);
      form.elements.namedItem(button.dataset.field).value = JSON.stringify(credential);
      form.requestSubmit();
    } catch (problem) {
      told.textContent = "The passkey did not work. Try again, or use another way to sign in.";
      told.hidden = false;
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
})();
