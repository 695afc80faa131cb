import { serve } from "bun";

serve({ fetch: () => new Response("import { serve } works") });
