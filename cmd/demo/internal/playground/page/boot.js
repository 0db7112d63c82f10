// The page is playground.wasm; this only starts it.
const go = new Go();
fetch("playground.wasm")
	.then((response) => {
		if (!response.ok) throw new Error(`playground.wasm: ${response.status} ${response.statusText}`);
		return response.arrayBuffer();
	})
	.then((bytes) => WebAssembly.instantiate(bytes, go.importObject))
	.then(({ instance }) => go.run(instance))
	.then(() => { throw new Error("its program has ended"); })
	.catch((error) => {
		const loading = document.getElementById("loading");
		loading.hidden = false;
		loading.className = "notice";
		loading.textContent = `The page doesn't work: ${error.message}. Loading it again may help.`;
	});
