import { createRoot } from "react-dom/client";
import { Dashboard, type DashboardProps } from "./Dashboard.tsx";
import "./dashboard.css";

/** Shows the dashboard in `root`; returns its removal, which also stops an answer under way. */
export function mountDashboard({
  root,
  ...shown
}: DashboardProps & { readonly root: HTMLElement }): () => void {
  const reactRoot = createRoot(root);
  reactRoot.render(<Dashboard {...shown} />);
  return () => reactRoot.unmount();
}
