// The page is playground.wasm; this only starts it.
const go = new Go();
fetch("playground.wasm")
	.then((response) => {
		if (!response.ok) throw new Error(`playground.wasm: ${response.status} ${response.statusText}`);
		return response.arrayBuffer();
	})
	.then((bytes) => WebAssembly.instantiate(bytes, go.importObject))
	.then(({ instance }) => go.run(instance))
	.catch((error) => {
		document.getElementById("loading").textContent = `The page can't be loaded: ${error.message}`;
	});
