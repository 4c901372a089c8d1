package dev.srun.admin;

/** Draws who needs whom: boxes, and arrows from what is needed to who needs it. */
final class GraphSvg {
  private static final int BOX = 176;
  private static final int HEIGHT = 30;
  private static final int GAP = 54;
  private static final int ROW = 40;
  private static final int LONGEST_NAME = 20;

  /** In a page that has the style of timelines as well. */
  static final String STYLE =
      """
      .dg text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:var(--ink)}
      .dg .box{fill:var(--soft);stroke:var(--line)}
      .dg .edge{fill:none;stroke:var(--dim)}.dg .head{fill:var(--dim)}
      .dg .edge.cause{stroke:var(--bad);stroke-width:2.5}.dg .head.cause{fill:var(--bad)}
      .dg .healthy{fill:var(--good)}.dg .degraded{fill:var(--warn)}.dg .unhealthy{fill:var(--bad)}
      .dg .box.degraded{fill:var(--soft);stroke:var(--warn);stroke-width:2}
      .dg .box.unhealthy{fill:var(--soft);stroke:var(--bad);stroke-width:2}
      .dg .box.healthy,.dg .box.stopped{fill:var(--soft)}
      """;

  private GraphSvg() {}

  static String inPage(DependencyGraph graph) {
    int columns = 1 + graph.nodes().stream().mapToInt(DependencyGraph.Node::column).max().orElse(0);
    int rows = 1 + graph.nodes().stream().mapToInt(DependencyGraph.Node::row).max().orElse(0);
    Drawing drawing =
        new Drawing(
            "dg", columns * (BOX + GAP) - GAP + 4, rows * ROW, "", "Which service needs which");
    for (DependencyGraph.Edge edge : graph.edges()) {
      String cause = edge.isCause() ? " cause" : "";
      double x = left(edge.by());
      drawing.curve(
          "edge" + cause,
          left(edge.needed()) + BOX,
          middle(edge.needed()),
          x - 6,
          middle(edge.by()));
      drawing.arrowHead("head" + cause, x, middle(edge.by()));
    }
    graph.nodes().forEach(node -> node(drawing, node));
    return drawing.end();
  }

  private static void node(Drawing drawing, DependencyGraph.Node node) {
    String health = StatusPage.word(node.health());
    double x = left(node);
    double y = middle(node);
    String tells = node.service() + " is " + node.health();
    drawing.box("box " + health, x, y - HEIGHT / 2.0, BOX, HEIGHT, tells);
    drawing.text(x + 9, y + 4, health, StatusPage.sign(node.health()));
    drawing.text(x + 26, y + 4, "", Drawing.shortened(node.service(), LONGEST_NAME));
  }

  private static double left(DependencyGraph.Node node) {
    return 2 + node.column() * (double) (BOX + GAP);
  }

  private static double middle(DependencyGraph.Node node) {
    return ROW / 2.0 + node.row() * (double) ROW;
  }
}
