// A certified OpenID provider on loopback: provider.mjs PORT REDIRECT_URI. Any name is let in with any password.
import { Provider } from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "filiere", client_secret: "a secret of the tests", redirect_uris: [redirect] }],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: true }) }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
