import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.zetasql.AnalyzerOptions;
import com.google.zetasql.LanguageOptions;
import com.google.zetasql.PreparedQuery;
import com.google.zetasql.SimpleCatalog;
import com.google.zetasql.SimpleColumn;
import com.google.zetasql.StructType;
import com.google.zetasql.Type;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.Value;
import com.google.zetasql.ZetaSQLBuiltinFunctionOptions;
import com.google.zetasql.ZetaSQLOptions.ProductMode;
import com.google.zetasql.ZetaSQLType.TypeKind;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Answers queries with GoogleSQL's reference implementation.
 *
 * <p>Each line of standard input is a JSON string, a query. For each, standard output has a line with a JSON object: columns and
 * rows, or error, or rejected if the query is not valid. A scalar is a string, an array or a struct a JSON array, NULL is null.
 * Queries read no tables. The arguments, name=2026-01-31, are the parameters of all queries, which are dates.
 */
public final class Oracle {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    LanguageOptions language = new LanguageOptions();
    language.enableMaximumLanguageFeatures();
    language.setProductMode(ProductMode.PRODUCT_EXTERNAL);
    language.enableReservableKeyword("QUALIFY");
    AnalyzerOptions options = new AnalyzerOptions();
    options.setLanguageOptions(language);
    options.setDefaultTimezone("UTC"); // as in BigQuery
    Map<String, Value> parameters = new HashMap<>();
    for (String argument : args) {
      String[] parts = argument.split("=", 2);
      options.addQueryParameter(parts[0], TypeFactory.createSimpleType(TypeKind.TYPE_DATE));
      parameters.put(parts[0], Value.createDateValue((int) LocalDate.parse(parts[1]).toEpochDay()));
    }
    SimpleCatalog catalog = new SimpleCatalog("oracle");
    catalog.addZetaSQLFunctionsAndTypes(new ZetaSQLBuiltinFunctionOptions(language));
    for (String name : List.of("INT", "SMALLINT", "INTEGER", "BIGINT", "TINYINT", "BYTEINT")) {
      catalog.addType(name, TypeFactory.createSimpleType(TypeKind.TYPE_INT64)); // BigQuery's own names
    }
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(GSON.toJson(answer(GSON.fromJson(line, String.class), options, catalog, parameters)));
    }
    out.flush();
    System.exit(out.checkError() ? 1 : 0); // the client's threads would keep the process alive
  }

  private static Map<String, Object> answer(
      String sql, AnalyzerOptions options, SimpleCatalog catalog, Map<String, Value> parameters) {
    PreparedQuery query;
    try {
      query = PreparedQuery.builder().setSql(sql).setAnalyzerOptions(options).setCatalog(catalog).prepare();
    } catch (RuntimeException e) {
      return Map.of("rejected", String.valueOf(e.getMessage()));
    }
    try (query) {
      List<Map<String, String>> columns = new ArrayList<>();
      for (SimpleColumn column : query.getColumns()) {
        columns.add(Map.of("name", column.getName(), "type", typeName(column.getType())));
      }
      List<List<Object>> rows = new ArrayList<>();
      for (List<Value> row : query.execute(parameters).getTableData()) {
        rows.add(cells(row));
      }
      return Map.of("columns", columns, "rows", rows);
    } catch (RuntimeException e) {
      return Map.of("error", String.valueOf(e.getMessage()));
    }
  }

  /** Names a type. The client's own method cannot name a STRUCT. */
  private static String typeName(Type type) {
    if (type.isArray()) {
      return "ARRAY<" + typeName(type.asArray().getElementType()) + ">";
    }
    if (!type.isStruct()) {
      return type.typeName(ProductMode.PRODUCT_EXTERNAL);
    }
    List<String> fields = new ArrayList<>();
    for (StructType.StructField field : type.asStruct().getFieldList()) {
      fields.add((field.getName() + " " + typeName(field.getType())).trim());
    }
    return "STRUCT<" + String.join(", ", fields) + ">";
  }

  private static List<Object> cells(List<Value> values) {
    List<Object> cells = new ArrayList<>();
    for (Value value : values) {
      cells.add(cell(value));
    }
    return cells;
  }

  private static Object cell(Value value) {
    if (value.isNull()) {
      return null;
    }
    switch (value.getType().getKind()) {
      case TYPE_ARRAY:
        return cells(value.getElementList());
      case TYPE_STRUCT:
        return cells(value.getFieldList());
      case TYPE_BOOL:
        return String.valueOf(value.getBoolValue());
      case TYPE_INT64:
        return String.valueOf(value.getInt64Value());
      case TYPE_DOUBLE:
        return String.valueOf(value.getDoubleValue());
      case TYPE_NUMERIC:
        return value.getNumericValue().stripTrailingZeros().toPlainString();
      case TYPE_STRING:
        return value.getStringValue();
      case TYPE_BYTES:
        return HexFormat.of().formatHex(value.getBytesValue().toByteArray());
      case TYPE_DATE:
        return LocalDate.ofEpochDay(value.getDateValue()).toString();
      case TYPE_TIMESTAMP:
        return Instant.EPOCH.plus(value.getTimestampUnixMicros(), ChronoUnit.MICROS).toString();
      case TYPE_JSON:
        return value.getJsonValue();
      default:
        throw new IllegalArgumentException("the oracle cannot write a " + value.getType().getKind());
    }
  }
}
