// The order of the house: a room may import itself and the rooms before it.
const rooms = ["tensor", "graph", "models", "compute", "transport", "swarm", "pipeline", "simulation", "apps", "dashboard"];
// Composition roots stand above all rooms and choose implementations.
const roots = "main\\.tsx|worker\\.ts|worker-api\\.ts|page-connections\\.ts|page-store\\.ts|server/";
const tests = "\\.(test|bench)\\.tsx?$|/testing/";

const upward = rooms.map((room, i) => ({
  name: `${room}-knows-nothing-above-it`,
  severity: "error",
  from: { path: `^src/${room}/`, pathNot: tests },
  to: { path: [`^src/(${roots})`, ...rooms.slice(i + 1).map((above) => `^src/${above}/`)] },
}));

// Each outside library has one door; the roots may use it to join what lies behind two doors.
const door = (library, room) => ({
  name: `${library}-enters-by-${room}`,
  severity: "error",
  from: { path: "^src/", pathNot: [`^src/(${room}/|${roots})`, tests] },
  to: { path: `node_modules/(${library})/` },
});

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...upward,
    {
      name: "links-carry-bytes-only",
      severity: "error",
      from: { path: "^src/transport/", pathNot: tests },
      to: { path: "^src/(graph|models|compute)/" },
    },
    {
      name: "planner-is-pure",
      severity: "error",
      from: { path: "^src/swarm/planner/", pathNot: tests },
      to: { pathNot: "^src/(swarm/planner/|page-api|tensor/edgeloom-error|models/cost|transport/link)" },
    },
    { name: "testing-stays-in-tests", severity: "error", from: { path: "^src/", pathNot: tests }, to: { path: "^src/.*/testing/" } },
    door("onnxruntime-web", "compute"),
    door("comlink", "compute"),
    door("peerjs", "transport"),
    door("yjs|y-protocols", "swarm"),
    door("onnx-buf|@bufbuild/protobuf", "graph"),
    door("@huggingface/(tokenizers|jinja)", "models"),
    door("@petamoriken/float16", "tensor"),
    door("react|react-dom|@types/react", "dashboard"),
    {
      name: "node-only-in-server",
      severity: "error",
      from: { path: "^src/", pathNot: `^src/server/|${tests}` },
      to: { dependencyTypes: ["core"] },
    },
    { name: "server-stands-alone", severity: "error", from: { path: "^src/server/" }, to: { path: "^src/(?!server/|transport/)" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "browser", "default", "types"],
      extensions: [".ts", ".tsx", ".js"],
    },
  },
};
