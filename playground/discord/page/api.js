// The server's /play/ interface.

export const key = new URLSearchParams(location.search).get("key") ?? "";

// Makes a call and gives its answer. Fails with a sentence when the server refuses or is gone.
export async function call(method, path, body) {
  const response = await fetch(`/play/${path}`, {
    method,
    headers: { "X-Playground-Key": key, ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined,
  }).catch(() => {
    throw new Error("The server does not answer.");
  });
  if (response.status === 204) return null;
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

export function streamOf(user) {
  return new EventSource(`/play/events?user=${encodeURIComponent(user)}&key=${encodeURIComponent(key)}`);
}

export async function fileBody(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return { filename: file.name, content_type: file.type, base64: btoa(binary) };
}
