"""What is picked lies on the bench: it is on hand, but not on the shelf that is counted."""

from django.db import migrations, models

PICKED = "Pieces on hand that were picked then and lay on the bench, which are not counted"
LINE = "Pieces that the books expected on the shelf when they were counted, on hand less picked: what the count is compared with, whatever moves later"
ENTRY = "Pieces that the books expected on the shelf at that moment: on hand less picked"


class Migration(migrations.Migration):
    dependencies = [("stock", "0006_corrected_alone")]
    operations = [
        # Only the comments change: Django would rewrite the columns for it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(f"comment on column stock_count_line.book_each is '{LINE}'", migrations.RunSQL.noop),
                migrations.RunSQL(f"comment on column stock_count_entry.book_each is '{ENTRY}'", migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AlterField(model_name="countline", name="book_each", field=models.IntegerField(db_comment=LINE, null=True)),
                migrations.AlterField(model_name="countentry", name="book_each", field=models.IntegerField(db_comment=ENTRY)),
            ],
        ),
        migrations.AddField(model_name="countline", name="picked_each", field=models.IntegerField(db_comment=PICKED, db_default=0)),
        migrations.AddField(model_name="countentry", name="picked_each", field=models.IntegerField(db_comment=PICKED, db_default=0)),
    ]
